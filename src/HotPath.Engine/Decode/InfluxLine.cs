namespace HotPath.Engine.Decode;

/// <summary>
/// The grammar of InfluxDB line protocol. Stateless. Each method takes the place where something begins and returns the
/// place behind it, or null where the line is no line protocol.
/// </summary>
/// <remarks>
/// <code>
/// line  = measurement *( "," key "=" value ) 1*SP field *( "," field ) [ 1*SP timestamp ] *SP ( LF | end )
/// field = key "=" ( DQUOTE text DQUOTE | number | number "i" | number "u" | bool )
/// </code>
/// Outside quotes a backslash before comma, equals or space takes its meaning away; inside, before quote and backslash.
/// </remarks>
internal static unsafe class InfluxLine
{
    /// <summary>A key or an unquoted value, up to a separator, which must be there unless the end may end it.</summary>
    public static byte* ReadWord(byte* at, byte* end, bool stopsAtEquals, out Utf8Text raw)
    {
        var start = at;
        while (at < end && *at != ',' && *at != ' ' && *at != '\n' && !(stopsAtEquals && *at == '='))
        {
            at += *at == '\\' && end - at > 1 && IsEscapable(at[1]) ? 2 : 1;
        }

        raw = new Utf8Text(start, (int)(at - start));
        return at;
    }

    /// <summary>At the opening quote; the text between the quotes, as it stands.</summary>
    public static byte* ReadQuoted(byte* at, byte* end, out Utf8Text raw)
    {
        var start = ++at;
        while (at < end && *at != '"')
        {
            at += *at == '\\' && end - at > 1 ? 2 : 1;
        }

        raw = new Utf8Text(start, (int)(at - start));
        return at < end ? at + 1 : null;
    }

    /// <summary>Key, equals and value of a tag or field; the value with its quotes, if it has any.</summary>
    public static byte* ReadPair(byte* at, byte* end, bool isField, out Utf8Text key, out Utf8Text value)
    {
        value = default;
        at = ReadWord(at, end, stopsAtEquals: true, out key);
        if (at == end || *at != '=' || key.Bytes == 0)
        {
            return null;
        }

        at++;
        if (isField && at < end && *at == '"')
        {
            var next = ReadQuoted(at, end, out _);
            value = next == null ? default : new Utf8Text(at, (int)(next - at));
            return next;
        }

        at = ReadWord(at, end, stopsAtEquals: false, out value);
        return value.Bytes == 0 ? null : at;
    }

    public static byte* SkipSpaces(byte* at, byte* end)
    {
        while (at < end && *at is (byte)' ' or (byte)'\r')
        {
            at++;
        }

        return at;
    }

    /// <summary>What a word means. The target is at least as long.</summary>
    public static int Unescape(ReadOnlySpan<byte> raw, Span<byte> target, bool isQuoted)
    {
        var written = 0;
        for (var at = 0; at < raw.Length; at++)
        {
            if (raw[at] == '\\' && at + 1 < raw.Length
                && (isQuoted ? raw[at + 1] is (byte)'"' or (byte)'\\' : IsEscapable(raw[at + 1])))
            {
                at++;
            }

            target[written++] = raw[at];
        }

        return written;
    }

    private static bool IsEscapable(byte value) => value is (byte)',' or (byte)'=' or (byte)' ';
}
