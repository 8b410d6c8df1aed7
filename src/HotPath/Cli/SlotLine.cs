using System.Globalization;
using System.Text;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;

namespace HotPath.Cli;

/// <summary>A slot as one line for people: LSN, kind, times, names, value. Cold.</summary>
internal sealed class SlotLine(NameTables names)
{
    private const int AttachmentBytesShown = 64;

    private readonly StringBuilder _line = new();

    public string Of(long lsn, in Slot slot, ReadOnlySpan<byte> attachment)
    {
        _line.Clear();
        _line.Append(CultureInfo.InvariantCulture, $"{lsn} {slot.Kind} received {Time(slot.ReceivedAtMicros)}");
        switch (slot.Kind)
        {
            case SlotKind.Reading:
                AppendReading(in slot);
                break;
            case SlotKind.Rejected:
                _line.Append(CultureInfo.InvariantCulture, $" {slot.RejectReason} from {Name(names.Sources, slot.SourceIndex)}");
                AppendAttachment(attachment);
                break;
            case SlotKind.Rules:
                _line.Append(CultureInfo.InvariantCulture, $" version {slot.ValueBits}, {attachment.Length} bytes");
                break;
            case SlotKind.Checkpoint when CheckpointRecord.TryRead(attachment, out var checkpoint):
                _line.Append(CultureInfo.InvariantCulture, $" of {checkpoint.Name}, {checkpoint.SlotCount} slots: ");
                _line.Append(Encoding.UTF8.GetString(checkpoint.Value.Span));
                break;
            case SlotKind.TimeOptions:
                _line.Append(
                    CultureInfo.InvariantCulture,
                    $" outOfOrderness {slot.EventTimeMicros} us, idleTimeout {Micros(slot.ValueBits)}, maxFuture {Micros(slot.SequenceNumber)}");
                break;
            default:
                break;
        }

        return _line.ToString();
    }

    private static string Time(long micros) => micros == Slot.NoNumber
        ? "-"
        : DateTime.UnixEpoch.AddMicroseconds(micros).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    private static string Micros(long micros) =>
        micros == Slot.NoNumber ? "none" : string.Create(CultureInfo.InvariantCulture, $"{micros} us");

    private static string Name(NameDirectory directory, int index) =>
        index < 0 ? "-" : index < directory.Count ? directory.Text(index) : $"#{index}";

    private void AppendReading(in Slot slot)
    {
        _line.Append(
            CultureInfo.InvariantCulture,
            $" event {Time(slot.EventTimeMicros)} {Name(names.Equipment, slot.EquipmentIndex)} {Name(names.Tags, slot.TagIndex)}");
        _line.Append(" = ").Append(Value(in slot));
        _line.Append(CultureInfo.InvariantCulture, $" {slot.Quality} from {Name(names.Sources, slot.SourceIndex)}");
        if (slot.SequenceNumber != Slot.NoNumber)
        {
            _line.Append(CultureInfo.InvariantCulture, $" sequence {slot.SequenceNumber}");
        }

        for (var flag = 0; flag < 16; flag++)
        {
            if ((slot.Flags & (1 << flag)) != 0)
            {
                _line.Append(" +").Append(Name(names.Flags, flag));
            }
        }
    }

    private string Value(in Slot slot) => slot.ValueKind switch
    {
        ValueKind.Number => BitConverter.Int64BitsToDouble(slot.ValueBits).ToString("R", CultureInfo.InvariantCulture),
        ValueKind.Symbol => $"'{Name(names.Symbols, (int)slot.ValueBits)}'",
        ValueKind.Bool => slot.ValueBits != 0 ? "true" : "false",
        _ => "null",
    };

    private void AppendAttachment(ReadOnlySpan<byte> bytes)
    {
        _line.Append(CultureInfo.InvariantCulture, $", {bytes.Length} bytes: ");
        foreach (var value in bytes[..Math.Min(bytes.Length, AttachmentBytesShown)])
        {
            _line.Append(value is >= 0x20 and < 0x7F ? (char)value : '.');
        }
    }
}
