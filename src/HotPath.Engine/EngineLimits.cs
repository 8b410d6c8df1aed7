namespace HotPath.Engine;

/// <summary>
/// The greatest number of everything, in one place. Relations between them are checked by <see cref="Check"/> before
/// the first socket opens.
/// </summary>
internal static class EngineLimits
{
    /// <summary>Machines of one installation.</summary>
    public const int EquipmentCountMax = 1 << 20;

    /// <summary>Different tag names of one installation.</summary>
    public const int TagCountMax = 1 << 20;

    public const int SourceCountMax = 1 << 20;

    /// <summary>Different string values of readings.</summary>
    public const int SymbolCountMax = 1 << 22;

    /// <summary>One bit each in <see cref="Ring.Slot.Flags"/>.</summary>
    public const int FlagCountMax = 16;

    public const int ListenerCountMax = 1 << 12;

    /// <summary>Rule ids, states, groups and reasons over all documents ever applied.</summary>
    public const int WordCountMax = 1 << 20;

    /// <summary>An equipmentId, a tag, a source, a string value: bytes of UTF-8 (WIRE.md).</summary>
    public const int NameBytesMax = 256;

    /// <summary>A JSON object of a record (WIRE.md).</summary>
    public const int ObjectBytesMax = 64 * 1024;

    /// <summary>Nesting in a record (WIRE.md).</summary>
    public const int RecordDepthMax = 16;

    /// <summary>What a compressed record may expand to (WIRE.md).</summary>
    public const int ExpandedBytesMax = 16 * 1024 * 1024;

    /// <summary>
    /// What the compressed records of a call may expand to together: this, and <see cref="CallExpansionMax"/> bytes for each of
    /// its own. Telemetry shrinks to a twentieth at best; a bomb to a thousandth.
    /// </summary>
    public const long CallExpandedBytesMin = 64 * 1024 * 1024;

    /// <summary>See <see cref="CallExpandedBytesMin"/>.</summary>
    public const long CallExpansionMax = 32;

    /// <summary>Readings in one record; a record with more is rejected whole.</summary>
    public const int RecordReadingsMax = 1 << 16;

    /// <summary>gzip in a frame in an aggregate: so many wrappings around readings are undone, not more.</summary>
    public const int RecordWrappingMax = 4;

    /// <summary>New equipment, tags and sources that one sender may bring in until a restart.</summary>
    public const int NewNamesPerSenderMax = 200_000;

    /// <summary>New string values of one tag until a restart. One real machine sends 3,884 in an hour.</summary>
    public const int NewSymbolsPerTagMax = 65_536;

    /// <summary>Senders of numbered datagrams whose loss is followed, per receiver.</summary>
    public const int FrameSenderCountMax = 1024;

    /// <summary>Addresses that become sources of their own, per receiver; readings of later ones share one source.</summary>
    public const int SenderAddressCountMax = 1 << 14;

    /// <summary>The largest UDP payload.</summary>
    public const int DatagramBytesMax = 65_507;

    public const int ShardCountMax = 64;

    /// <summary>Readings that wait for one machine's watermark (RULES.md).</summary>
    public const int WaitingReadingsMax = 65_536;

    /// <summary>Readings of a machine among which a repeated one is a duplicate (RULES.md).</summary>
    public const int RememberedReadings = 128;

    /// <summary>Raw bytes of rejected records that wait for the journal; past it producers are held back.</summary>
    public const long RejectedBytesMax = 64L * 1024 * 1024;

    /// <summary>Bytes of a rejected record that are kept; what is longer is cut there.</summary>
    public const int RejectedRecordBytesMax = 64 * 1024;

    /// <summary>Bytes of shard output that wait for the ledger; past it a shard takes no further slots.</summary>
    public const long ShardOutputBytesMax = 64L * 1024 * 1024;

    public static void Check(EngineOptions options)
    {
        Invariant.Holds(options.RingSlots >= 1024 && int.IsPow2(options.RingSlots), "the ring holds a power of two of slots, at least 1,024");
        Invariant.Holds(options.JournalSegmentBytes is >= 16 * 1024 and <= 1024 * 1024 * 1024, "a journal segment has 16 KiB to 1 GiB");
        Invariant.Holds(options.JournalSyncIntervalMs >= 1, "the journal's sync interval is at least 1 ms");
        Invariant.Holds(options.SnapshotIntervalMs >= 1 && options.SnapshotSlots >= 1, "snapshots have a positive interval and number of slots");
        Invariant.Holds(options.ShardCount is >= 1 and <= ShardCountMax, "shards are 1 to 64");
    }
}
