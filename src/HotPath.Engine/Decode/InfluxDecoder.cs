using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text.Unicode;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Decode;

/// <summary>
/// InfluxDB line protocol: each field of a line is a reading of the machine that a tag names. Belongs to one decoder and
/// its thread. A line that cannot be read is refused alone, and so is a field whose value cannot.
/// </summary>
internal sealed unsafe class InfluxDecoder : IDisposable
{
    // A line is at most 64 KiB. What it says of all fields stays below the first mark, one field's key above it,
    // together with the measurement, and its text above that.
    private const int FieldScratchAt = EngineLimits.ObjectBytesMax;
    private const int TextScratchAt = 3 * EngineLimits.ObjectBytesMax;
    private const int ScratchBytes = 4 * EngineLimits.ObjectBytesMax;

    private static readonly SearchValues<byte> NumberBytes = SearchValues.Create("0123456789+-.eE"u8);

    private readonly ReadingStage _stage;
    private readonly TimestampUnit _unit;
    private readonly bool _tagsNameMeasurement;
    private readonly byte[][] _equipmentKeys;
    private readonly byte* _scratch;
    private int _scratchUsed;
    private Utf8Text _measurement;

    public InfluxDecoder(ReadingStage stage, RecordDecoderOptions options)
    {
        _stage = stage;
        _unit = options.InfluxTimestampUnit;
        _tagsNameMeasurement = options.InfluxTagsNameMeasurement;
        _equipmentKeys = [.. options.InfluxEquipmentTags.Select(System.Text.Encoding.UTF8.GetBytes)];

        // Address space only, until a line has escapes.
        _scratch = (byte*)NativeMemory.Alloc(ScratchBytes);
    }

    public void Decode(byte* at, byte* end)
    {
        while (at < end && !_stage.IsOverflown)
        {
            if (*at is (byte)'\n' or (byte)'\r' or (byte)' ' or (byte)'\t')
            {
                at++;
            }
            else
            {
                at = *at == '#' ? LineEnd(at, end) : DecodeLine(at, end);
            }
        }
    }

    public void Dispose() => NativeMemory.Free(_scratch);

    private static byte* LineEnd(byte* at, byte* end)
    {
        // Safe because at is not past the end. Worth it: lines are found by vectors.
        var bytes = new ReadOnlySpan<byte>(at, (int)(end - at)).IndexOf((byte)'\n');
        return bytes < 0 ? end : at + bytes;
    }

    private byte* DecodeLine(byte* start, byte* end)
    {
        _scratchUsed = 0;
        ReadingDraft common = default;
        common.Clear(_unit);
        var fieldsAt = ReadTags(start, end, ref common);
        var next = fieldsAt == null ? null : ReadFieldsAndTime(fieldsAt, end, ref common);
        if (next == null)
        {
            next = LineEnd(start, end);
            _stage.Reject(start, TrimEnd(start, next), RejectReason.Malformed);
            return next;
        }

        var fault = FaultOf(start, next, ref common);
        if (fault != RejectReason.None)
        {
            _stage.Reject(start, TrimEnd(start, next), fault);
            return next;
        }

        StageFields(fieldsAt, end, common);
        return next;
    }

    private static byte* TrimEnd(byte* start, byte* end)
    {
        while (end > start + 1 && end[-1] is (byte)' ' or (byte)'\r')
        {
            end--;
        }

        return end;
    }

    private static RejectReason FaultOf(byte* start, byte* end, ref ReadingDraft common)
    {
        if (end - start > EngineLimits.ObjectBytesMax)
        {
            return RejectReason.TooLarge;
        }

        // Safe because both lie in the record. Worth it: one check for all names of the line.
        if (!Utf8.IsValid(new ReadOnlySpan<byte>(start, (int)(end - start))))
        {
            return RejectReason.InvalidUtf8;
        }

        return common.Fault != RejectReason.None ? common.Fault
            : (common.Known & Member.EquipmentId) == 0 ? RejectReason.MissingMember : RejectReason.None;
    }

    /// <summary>Measurement and tags; the place of the first field.</summary>
    private byte* ReadTags(byte* at, byte* end, ref ReadingDraft common)
    {
        at = InfluxLine.ReadWord(at, end, stopsAtEquals: false, out _measurement);
        var equipmentRank = int.MaxValue;
        while (at != null && at < end && *at == ',')
        {
            at = InfluxLine.ReadPair(at + 1, end, isField: false, out var key, out var value);
            if (at == null)
            {
                return null;
            }

            // The key that stands first in the list wins, wherever it stands in the line.
            var rank = RankOf(key.Span);
            if (rank < equipmentRank)
            {
                equipmentRank = rank;
                common.TakeName(Member.EquipmentId, TextValue(value), ref common.Equipment);
            }
            else if (key.Span.SequenceEqual("source"u8))
            {
                common.TakeSource(TextValue(value));
            }
        }

        return at == null || at == end || *at != ' ' || _measurement.Bytes == 0 ? null : InfluxLine.SkipSpaces(at, end);
    }

    private int RankOf(ReadOnlySpan<byte> key)
    {
        for (var rank = 0; rank < _equipmentKeys.Length; rank++)
        {
            if (key.SequenceEqual(_equipmentKeys[rank]))
            {
                return rank;
            }
        }

        return int.MaxValue;
    }

    private WireValue TextValue(Utf8Text raw)
    {
        // Nearly no name has a backslash: then it is used where it stands. A longer line is refused, so nothing is lost.
        if (!raw.Span.Contains((byte)'\\') || _scratchUsed + raw.Bytes > FieldScratchAt)
        {
            return new WireValue { Kind = WireKind.Text, Text = raw };
        }

        var text = Unescaped(raw, _scratchUsed, isQuoted: false);
        _scratchUsed += text.Bytes;
        return new WireValue { Kind = WireKind.Text, Text = text };
    }

    private Utf8Text Unescaped(Utf8Text raw, int scratchAt, bool isQuoted)
    {
        // Safe because every mark leaves room for a whole line. Worth it: no allocation per name.
        var target = new Span<byte>(_scratch + scratchAt, ScratchBytes - scratchAt);
        return new Utf8Text(_scratch + scratchAt, InfluxLine.Unescape(raw.Span, target, isQuoted));
    }

    /// <summary>Checks the fields, takes <c>__seq</c> and the time; the end of the line.</summary>
    private byte* ReadFieldsAndTime(byte* at, byte* end, ref ReadingDraft common)
    {
        while (true)
        {
            at = InfluxLine.ReadPair(at, end, isField: true, out var key, out var raw);
            if (at == null || (at < end && *at is not ((byte)',' or (byte)' ' or (byte)'\n' or (byte)'\r')))
            {
                return null;
            }

            if (key.Span.SequenceEqual("__seq"u8))
            {
                ReadValue(raw, out var value);
                common.TakeSequenceNumber(value);
            }

            if (at == end || *at != ',')
            {
                break;
            }

            at++;
        }

        return ReadTime(InfluxLine.SkipSpaces(at, end), end, ref common);
    }

    private byte* ReadTime(byte* at, byte* end, ref ReadingDraft common)
    {
        common.Known |= Member.Timestamp;
        common.TimeMicros = _stage.ReceivedAtMicros;
        if (at == end || *at == '\n')
        {
            return at;
        }

        at = InfluxLine.ReadWord(at, end, stopsAtEquals: false, out var raw);
        if (!ReadInteger(WithoutReturn(raw).Span, out var value))
        {
            return null;
        }

        common.TakeTimestamp(value);
        at = InfluxLine.SkipSpaces(at, end);
        return at == end || *at == '\n' ? at : null;
    }

    private static Utf8Text WithoutReturn(Utf8Text raw) =>
        raw.Bytes > 0 && raw.At[raw.Bytes - 1] == '\r' ? new Utf8Text(raw.At, raw.Bytes - 1) : raw;

    private void StageFields(byte* at, byte* end, in ReadingDraft common)
    {
        while (!_stage.IsOverflown)
        {
            var next = InfluxLine.ReadPair(at, end, isField: true, out var key, out var raw);
            if (!key.Span.SequenceEqual("__seq"u8))
            {
                var draft = common;
                draft.TakeName(
                    Member.Tag, new WireValue { Kind = WireKind.Text, Text = TagOf(key) }, ref draft.Tag);
                ReadValue(WithoutReturn(raw), out var value);
                draft.TakeValue(value);
                _stage.Stage(ref draft, at, next);
            }

            if (next == end || *next != ',')
            {
                return;
            }

            at = next + 1;
        }
    }

    private Utf8Text TagOf(Utf8Text key)
    {
        if (!_tagsNameMeasurement)
        {
            return key.Span.Contains((byte)'\\') ? Unescaped(key, FieldScratchAt, isQuoted: false) : key;
        }

        var name = Unescaped(_measurement, FieldScratchAt, isQuoted: false);
        name.At[name.Bytes] = (byte)'.';
        var field = Unescaped(key, FieldScratchAt + name.Bytes + 1, isQuoted: false);
        return new Utf8Text(name.At, name.Bytes + 1 + field.Bytes);
    }

    /// <summary>A field's value; what is none of the grammar's is of no kind that a reading can have.</summary>
    private void ReadValue(Utf8Text raw, out WireValue value)
    {
        value = default;
        value.Kind = WireKind.Other;
        var text = raw.Span;
        if (text.IsEmpty)
        {
            // It was the return of a line's end alone.
            return;
        }

        if (text[0] == '"')
        {
            value.Kind = WireKind.Text;
            var inner = new Utf8Text(raw.At + 1, raw.Bytes - 2);
            value.Text = inner.Span.Contains((byte)'\\') ? Unescaped(inner, TextScratchAt, isQuoted: true) : inner;
        }
        else if (text[^1] is (byte)'i' or (byte)'u')
        {
            if (ReadInteger(text[..^1], out var integer) && (text[^1] == 'i' || text[0] != '-'))
            {
                value = integer;
            }
        }
        else if (IsWordOf(text, "t"u8, "T"u8, "true"u8, "True"u8, "TRUE"u8))
        {
            value.Kind = WireKind.True;
        }
        else if (IsWordOf(text, "f"u8, "F"u8, "false"u8, "False"u8, "FALSE"u8))
        {
            value.Kind = WireKind.False;
        }
        else
        {
            ReadFloat(text, ref value);
        }
    }

    private static bool IsWordOf(
        ReadOnlySpan<byte> text, ReadOnlySpan<byte> one, ReadOnlySpan<byte> two, ReadOnlySpan<byte> three,
        ReadOnlySpan<byte> four, ReadOnlySpan<byte> five) =>
        text.SequenceEqual(one) || text.SequenceEqual(two) || text.SequenceEqual(three) || text.SequenceEqual(four)
        || text.SequenceEqual(five);

    private static void ReadFloat(ReadOnlySpan<byte> text, ref WireValue value)
    {
        if (text.IndexOfAnyExcept(NumberBytes) < 0
            && Utf8Parser.TryParse(text, out double real, out var used) && used == text.Length)
        {
            value.Kind = double.IsFinite(real) ? WireKind.Real : WireKind.NotFinite;
            value.Real = real;
        }
    }

    private static bool ReadInteger(ReadOnlySpan<byte> text, out WireValue value)
    {
        fixed (byte* at = text)
        {
            // Safe because the number ends where the text does. Worth it: the same digits as JSON's, the same code.
            var digitsAt = text.Length > 0 && text[0] == '-' ? 1 : 0;
            var isDigits = text.Length > digitsAt && text[digitsAt..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;
            value = default;
            value.Kind = WireKind.Other;
            if (!isDigits)
            {
                return false;
            }

            // Leading zeros are no JSON, but they are an integer.
            var start = at + digitsAt;
            while (start + 1 < at + text.Length && *start == '0')
            {
                start++;
            }

            JsonNumber.Read(start, at + text.Length, out value);
            value.Integer = digitsAt == 1 ? unchecked(-value.Integer) : value.Integer;
            value.Real = digitsAt == 1 ? -value.Real : value.Real;
            return true;
        }
    }
}
