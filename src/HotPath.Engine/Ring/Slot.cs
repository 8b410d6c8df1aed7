using System.Runtime.InteropServices;

namespace HotPath.Engine.Ring;

/// <summary>
/// One reading, or one control event, in exactly one cache line. Written by the producer that claimed it, read-only
/// for everybody else once published. The sequence of a slot in the ring is its LSN.
/// </summary>
/// <remarks>
/// <code>
///  0        8         16         24          32           40     44  48      52    56    58   59        60       61     62
/// +--------+---------+----------+-----------+------------+------+---+-------+-----+-----+----+---------+--------+------+--------+
/// |eventTime|valueBits|sequenceNo|createdAt  |receivedAt  |equip |tag|source |model|flags|kind|valueKind|quality |reason|listener|
/// +--------+---------+----------+-----------+------------+------+---+-------+-----+-----+----+---------+--------+------+--------+
/// </code>
/// Times are microseconds since the Unix epoch, UTC. Indexes are dense and belong to <c>Names</c>.
/// What the fields of a control slot mean stands at its <see cref="SlotKind"/>.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct Slot
{
    public const int SizeBytes = 64;

    /// <summary>No sequence number, no createdAt.</summary>
    public const long NoNumber = long.MinValue;

    /// <summary>No model (the payload did not say a version).</summary>
    public const int NoModel = int.MinValue;

    /// <summary>No index: the slot is about no equipment, no tag or no source.</summary>
    public const int NoIndex = -1;

    [FieldOffset(0)] public long EventTimeMicros;

    /// <summary>A double's bits, a symbol's index, 0 or 1, or 0 for no value: as <see cref="ValueKind"/> says.</summary>
    [FieldOffset(8)] public long ValueBits;

    [FieldOffset(16)] public long SequenceNumber;
    [FieldOffset(24)] public long CreatedAtMicros;
    [FieldOffset(32)] public long ReceivedAtMicros;
    [FieldOffset(40)] public int EquipmentIndex;
    [FieldOffset(44)] public int TagIndex;
    [FieldOffset(48)] public int SourceIndex;
    [FieldOffset(52)] public int Model;
    [FieldOffset(56)] public ushort Flags;
    [FieldOffset(58)] public SlotKind Kind;
    [FieldOffset(59)] public ValueKind ValueKind;
    [FieldOffset(60)] public Quality Quality;
    [FieldOffset(61)] public RejectReason RejectReason;

    /// <summary>Which listener took it: an index into the names of listeners.</summary>
    [FieldOffset(62)] public ushort Listener;

    /// <summary>A slot that is about no machine: only when it came is known.</summary>
    public static Slot Of(SlotKind kind, long receivedAtMicros) => new()
    {
        Kind = kind,
        EventTimeMicros = receivedAtMicros,
        SequenceNumber = NoNumber,
        CreatedAtMicros = NoNumber,
        ReceivedAtMicros = receivedAtMicros,
        EquipmentIndex = NoIndex,
        TagIndex = NoIndex,
        SourceIndex = NoIndex,
        Model = NoModel,
    };
}

/// <summary>What a slot is. The values stand in journals: never renumber.</summary>
internal enum SlotKind : byte
{
    /// <summary>Never published: a slot of this kind in the ring or a journal is a bug or damage.</summary>
    None = 0,

    /// <summary>A reading. Every field counts.</summary>
    Reading = 1,

    /// <summary>A record or reading that could not be taken. ValueBits = handle in the rejects buffer. Moves the arrival clock.</summary>
    Rejected = 2,

    /// <summary>A record that holds no reading (<c>[]</c>), so that it has a sequence number. Moves the arrival clock.</summary>
    Empty = 3,

    /// <summary>Silence is in the order too: 100 ms passed without a slot. ReceivedAt counts.</summary>
    Tick = 4,

    /// <summary>The engine begins again here. ReceivedAt counts.</summary>
    Start = 5,

    /// <summary>A rule document takes effect. ValueBits = rule version. A tick first (ReceivedAt counts).</summary>
    Rules = 6,

    /// <summary>
    /// Time options take effect. A tick first. EventTimeMicros = outOfOrderness; ValueBits = idleTimeout,
    /// SequenceNumber = maxFuture, each <see cref="Slot.NoNumber"/> for none. All in microseconds.
    /// </summary>
    TimeOptions = 7,

    /// <summary>
    /// How far a consumer has read upstream with the slots that follow in its block. ValueBits = handle in the rejects
    /// buffer; see <see cref="CheckpointRecord"/>. State of rules does not depend on it.
    /// </summary>
    Checkpoint = 8,

    /// <summary>Snapshots are taken here.</summary>
    SnapshotMarker = 9,
}

/// <summary>What <see cref="Slot.ValueBits"/> holds. The order is the order of application within an instant (RULES.md).</summary>
internal enum ValueKind : byte
{
    None = 0,
    Number = 1,
    Symbol = 2,
    Bool = 3,
}

/// <summary>Quality classes. The order is the order of application within an instant (RULES.md).</summary>
internal enum Quality : byte
{
    Bad = 0,
    Good = 1,
    Uncertain = 2,
}

/// <summary>
/// Why a record or reading was not taken. The values stand in journals: never renumber. The text in tables and metrics
/// is the name in snake_case.
/// </summary>
internal enum RejectReason : byte
{
    None = 0,
    /// <summary>Cannot be read in the encoding that its first byte announces.</summary>
    Malformed = 1,
    /// <summary>No encoding begins with this byte.</summary>
    UnknownEncoding = 2,
    /// <summary>A required member is absent, or empty after trimming.</summary>
    MissingMember = 3,
    /// <summary>A required member stands twice.</summary>
    DuplicateMember = 4,
    /// <summary>A member has the wrong type.</summary>
    WrongType = 5,
    /// <summary>A number that does not fit (overflows a double or a 64-bit integer).</summary>
    NumberRange = 6,
    /// <summary>A time outside 1970 to 9999, or text that is no time.</summary>
    TimeRange = 7,
    /// <summary>A name or string over 256 bytes of UTF-8.</summary>
    TooLong = 8,
    /// <summary>Deeper than 16, or over 64 KiB, or more readings than a record may hold.</summary>
    TooLarge = 9,
    /// <summary>Not UTF-8.</summary>
    InvalidUtf8 = 10,
    /// <summary>A directory of names is full, or the sender's quota of new names is used up.</summary>
    NameLimit = 11,
    /// <summary>More different string values than the limit for the tag or the installation.</summary>
    ValueLimit = 12,
    /// <summary>A frame whose CRC does not match.</summary>
    ChecksumMismatch = 13,
    /// <summary>Compressed data that cannot be expanded within its bounds.</summary>
    Decompression = 14,
    /// <summary>Dated more than maxFuture after the arrival clock: judged by the shard, stored by the sink.</summary>
    Future = 15,
}
