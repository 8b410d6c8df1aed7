using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;

namespace HotPath.Engine.Decode;

/// <summary>What a JSON string with escapes means.</summary>
internal static class JsonEscapes
{
    /// <summary>False where the string is no JSON: an unknown escape, or a control character.</summary>
    /// <param name="raw">Between the quotes.</param>
    /// <param name="target">At least as long, or empty: then the string is only checked.</param>
    /// <param name="isText">False where it means no text: bytes that are no UTF-8, or half a surrogate pair.</param>
    public static bool TryUnescape(ReadOnlySpan<byte> raw, Span<byte> target, out int written, out bool isText)
    {
        written = 0;
        isText = Utf8.IsValid(raw);
        for (var at = 0; at < raw.Length;)
        {
            var value = raw[at++];
            if (value < ' ')
            {
                return false;
            }

            if (value != '\\')
            {
                Put(value, target, ref written);
                continue;
            }

            if (at == raw.Length)
            {
                return false;
            }

            var escape = raw[at++];
            if (escape == 'u')
            {
                if (!TryCodePoint(raw, ref at, out var rune, ref isText))
                {
                    return false;
                }

                written += target.IsEmpty ? 0 : rune.EncodeToUtf8(target[written..]);
                continue;
            }

            var meant = Meaning(escape);
            if (meant == 0)
            {
                return false;
            }

            Put(meant, target, ref written);
        }

        return true;
    }

    private static void Put(byte value, Span<byte> target, ref int written)
    {
        if (!target.IsEmpty)
        {
            target[written++] = value;
        }
    }

    private static byte Meaning(byte escape) => escape switch
    {
        (byte)'"' => (byte)'"',
        (byte)'\\' => (byte)'\\',
        (byte)'/' => (byte)'/',
        (byte)'b' => (byte)'\b',
        (byte)'f' => (byte)'\f',
        (byte)'n' => (byte)'\n',
        (byte)'r' => (byte)'\r',
        (byte)'t' => (byte)'\t',
        _ => 0,
    };

    private static bool TryCodePoint(ReadOnlySpan<byte> raw, ref int at, out Rune rune, ref bool isText)
    {
        rune = Rune.ReplacementChar;
        if (!TryHex(raw, at, out var first))
        {
            return false;
        }

        at += 4;
        if (Rune.TryCreate(first, out rune))
        {
            return true;
        }

        if (char.IsHighSurrogate(first) && at + 1 < raw.Length && raw[at] == '\\' && raw[at + 1] == 'u'
            && TryHex(raw, at + 2, out var second) && Rune.TryCreate(first, second, out rune))
        {
            at += 6;
            return true;
        }

        isText = false;
        return true;
    }

    private static bool TryHex(ReadOnlySpan<byte> raw, int at, out char value)
    {
        value = default;
        if (at + 4 > raw.Length || !Utf8Parser.TryParse(raw.Slice(at, 4), out ushort parsed, out var read, 'x') || read != 4)
        {
            return false;
        }

        value = (char)parsed;
        return true;
    }
}
