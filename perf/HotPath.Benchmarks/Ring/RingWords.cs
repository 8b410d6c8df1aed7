using HotPath.Engine.Ring;

namespace HotPath.Benchmarks.Ring;

/// <summary>Every word of a 64-byte event is written by its producer and read by each of its consumers.</summary>
internal static class RingWords
{
    public const int Slots = 1 << 16;

    public static void Fill(ref Slot slot, long number)
    {
        slot.EventTimeMicros = number;
        slot.ValueBits = number;
        slot.SequenceNumber = number;
        slot.CreatedAtMicros = number;
        slot.ReceivedAtMicros = number;
        slot.EquipmentIndex = slot.TagIndex = 1;
        slot.SourceIndex = slot.Model = 1;
        slot.Flags = 1;
        slot.Kind = SlotKind.Reading;
    }

    public static long SumOf(in Slot slot) =>
        slot.EventTimeMicros + slot.ValueBits + slot.SequenceNumber + slot.CreatedAtMicros + slot.ReceivedAtMicros
        + slot.EquipmentIndex + slot.TagIndex + slot.SourceIndex + slot.Model + slot.Flags;

    /// <summary>Of the events 0 to count - 1: five words hold the number, five hold 1.</summary>
    public static long SumOfAll(long count) => (5 * count * (count - 1) / 2) + (5 * count);
}
