using System.Runtime.CompilerServices;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Decode;

/// <summary>
/// Readings as arrays with the usual contents and known names, read straight into the slot that will hold them. Belongs
/// to one decoder and its thread. Answers null for whatever is not usual: then nothing was staged, and the grammar
/// decides. Names are not checked: only known ones are taken, and known ones were checked when they came first.
/// </summary>
[SkipLocalsInit]
internal sealed unsafe class MessagePackPlainArray(ReadingStage stage)
{
    private const int CountMin = 5;
    private const int CountMax = 10;

    private readonly NameDirectory _equipment = stage.Names.Equipment;
    private readonly NameDirectory _tags = stage.Names.Tags;
    private readonly NameDirectory _sources = stage.Names.Sources;
    private readonly FlagSets _flags = stage.FlagSets;

    /// <summary>At an array. Behind it, or null.</summary>
    // Safe because each element is checked against the end before it is read, and the slot counts only when all are.
    // Worth it: Decode/MessagePack array.
    public byte* TryDecode(byte* at, byte* end)
    {
        var count = *at ^ 0x90;
        if (count is < CountMin or > CountMax || stage.IsFull)
        {
            return null;
        }

        ref var slot = ref stage.Blank();
        at = MessagePackFields.TryReadVersion(at + 1, end, ref slot.Model);
        at = at == null ? null : MessagePackFields.TryReadTime(at, end, stage.Unit, ref slot.EventTimeMicros);
        at = at == null ? null : ReadEquipment(at, end, ref slot);
        at = at == null ? null : ReadTag(at, end, ref slot);
        at = at == null ? null : ReadValue(at, end, ref slot);
        if (count > 5 && at != null)
        {
            at = at < end ? MessagePackFields.TryReadQuality(at, ref slot.Quality) : null;
        }

        if (count > 6 && at != null)
        {
            at = MessagePackFields.TryReadCount(at, end, ref slot.SequenceNumber);
        }

        if (count > 7 && at != null)
        {
            at = IsNil(at, end) ? at + 1 : _flags.TryRecall(at, end, ref slot.Flags);
        }

        if (count > 8 && at != null)
        {
            at = IsNil(at, end) ? at + 1 : MessagePackFields.TryReadTime(at, end, stage.Unit, ref slot.CreatedAtMicros);
        }

        if (count > 9 && at != null)
        {
            at = IsNil(at, end) ? at + 1 : ReadSource(at, end, ref slot);
        }

        if (at != null)
        {
            slot.Quality = slot.ValueKind == ValueKind.None ? Quality.Bad : slot.Quality;
            stage.TakeBlank();
        }

        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsNil(byte* at, byte* end) => at < end && *at == 0xC0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* ReadEquipment(byte* at, byte* end, ref Slot slot)
    {
        var text = default(Utf8Text);
        at = MessagePackFields.TryReadText(at, end, ref text);
        return at != null && (slot.EquipmentIndex = _equipment.IndexOf(text.At, text.Bytes)) >= 0 ? at : null;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* ReadTag(byte* at, byte* end, ref Slot slot)
    {
        var text = default(Utf8Text);
        at = MessagePackFields.TryReadText(at, end, ref text);
        return at != null && (slot.TagIndex = _tags.IndexOf(text.At, text.Bytes)) >= 0 ? at : null;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* ReadSource(byte* at, byte* end, ref Slot slot)
    {
        var text = default(Utf8Text);
        at = MessagePackFields.TryReadText(at, end, ref text);
        return at != null && (slot.SourceIndex = _sources.IndexOf(text.At, text.Bytes)) >= 0 ? at : null;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* ReadValue(byte* at, byte* end, ref Slot slot)
    {
        var text = default(Utf8Text);
        at = MessagePackFields.TryReadValue(at, end, ref slot.ValueKind, ref slot.ValueBits, ref text);
        return at != null && slot.ValueKind == ValueKind.Symbol && !stage.TryFindSymbol(text, ref slot.ValueBits) ? null : at;
    }
}
