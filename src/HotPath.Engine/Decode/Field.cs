using System.Numerics;

namespace HotPath.Engine.Decode;

/// <summary>A <see cref="Member"/> as a small number, the place of its bit, so that a switch over it is one jump.</summary>
internal enum Field
{
    Version = 0,
    Timestamp = 1,
    EquipmentId = 2,
    Tag = 4,
    Value = 5,
    Quality = 6,
    ReceivedAt = 9,
    SequenceNumber = 11,
    Flags = 12,
    CreatedAt = 13,
    SourceId = 14,
    None = 32,
}

internal static class Fields
{
    public static Field Of(Member member) => (Field)BitOperations.TrailingZeroCount((uint)member);
}
