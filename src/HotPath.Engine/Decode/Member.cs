namespace HotPath.Engine.Decode;

/// <summary>The members of a reading, its envelope and its meta that mean something.</summary>
[Flags]
internal enum Member
{
    Unknown = 0,
    Version = 1 << 0,
    Timestamp = 1 << 1,
    EquipmentId = 1 << 2,
    MachineId = 1 << 3,
    Tag = 1 << 4,
    Value = 1 << 5,
    Quality = 1 << 6,
    Meta = 1 << 7,
    Readings = 1 << 8,
    ReceivedAt = 1 << 9,
    Status = 1 << 10,
    SequenceNumber = 1 << 11,
    Flags = 1 << 12,
    CreatedAt = 1 << 13,
    SourceId = 1 << 14,

    /// <summary>A reading without one of these is refused.</summary>
    Required = Timestamp | EquipmentId | Tag | Value,

    /// <summary>Those of a reading's meta; they mean nothing outside of it, nor the others in it.</summary>
    OfMeta = SequenceNumber | Flags | CreatedAt | SourceId,

    /// <summary>May stand once in an object.</summary>
    Single = Required | MachineId | Status | Readings,
}

/// <summary>Members by name. By length first, so that one compare decides.</summary>
internal static class MemberNames
{
    public static Member OfReading(ReadOnlySpan<byte> name) => name.Length switch
    {
        3 => name.SequenceEqual("tag"u8) ? Member.Tag : Member.Unknown,
        4 => name.SequenceEqual("meta"u8) ? Member.Meta : Member.Unknown,
        5 => name.SequenceEqual("value"u8) ? Member.Value
            : name.SequenceEqual("model"u8) ? Member.Version : Member.Unknown,
        6 => name.SequenceEqual("status"u8) ? Member.Status : Member.Unknown,
        7 => name.SequenceEqual("quality"u8) ? Member.Quality
            : name.SequenceEqual("version"u8) ? Member.Version : Member.Unknown,
        8 => name.SequenceEqual("readings"u8) ? Member.Readings : Member.Unknown,
        9 => name.SequenceEqual("timestamp"u8) ? Member.Timestamp : Member.Unknown,
        10 => name.SequenceEqual("machine_id"u8) ? Member.MachineId
            : name.SequenceEqual("receivedAt"u8) ? Member.ReceivedAt : Member.Unknown,
        11 => name.SequenceEqual("equipmentId"u8) ? Member.EquipmentId : Member.Unknown,
        _ => Member.Unknown,
    };

    public static Member OfMeta(ReadOnlySpan<byte> name) => name.Length switch
    {
        5 => name.SequenceEqual("flags"u8) ? Member.Flags : Member.Unknown,
        8 => name.SequenceEqual("sourceId"u8) ? Member.SourceId : Member.Unknown,
        9 => name.SequenceEqual("createdAt"u8) ? Member.CreatedAt : Member.Unknown,
        14 => name.SequenceEqual("sequenceNumber"u8) ? Member.SequenceNumber : Member.Unknown,
        _ => Member.Unknown,
    };
}
