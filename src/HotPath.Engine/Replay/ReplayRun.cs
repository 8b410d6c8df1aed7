using HotPath.Engine.Ledger;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules;
using HotPath.Engine.Shard;

namespace HotPath.Engine.Replay;

/// <summary>
/// Rules over slots that come from a recording instead of the ring, through the same shard processors, on one thread,
/// as fast as it goes. What they emit is taken in the order of the ledger.
/// </summary>
internal sealed class ReplayRun : IDisposable
{
    private readonly RuleCatalog _catalog;
    private readonly ShardOutput[] _outputs;
    private readonly ShardProcessor[] _shards;
    private readonly Slot[] _batch;
    private readonly LedgerRecordTaker _take;
    private int _batchCount;
    private long _lsnNext;
    private long _version;

    public ReplayRun(NameTables names, int shardCount, int batchSlots, TimeOptions options, LedgerRecordTaker take)
    {
        Names = names;
        _catalog = new RuleCatalog(names);
        _batch = new Slot[batchSlots];
        _outputs = [.. Enumerable.Range(0, shardCount).Select(_ => new ShardOutput())];
        _shards =
        [
            .. _outputs.Select((output, index) => new ShardProcessor(index, shardCount, names, _catalog, output)),
        ];
        _take = take;
        Add(TimeOptionsSlot(options, Slot.NoNumber));
    }

    public NameTables Names { get; }

    public RuleCatalog Catalog => _catalog;

    public IEnumerable<ShardCounters> Counters => _shards.Select(shard => shard.Counters);

    public IReadOnlyList<ShardProcessor> Shards => _shards;

    /// <summary>The line behind the rows.</summary>
    public string Summary() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $$"""{"type":"summary","readings":{{Counters.Sum(c => c.Readings)}},"late":{{Counters.Sum(c => c.Late)}},"duplicate":{{Counters.Sum(c => c.Duplicate)}},"future":{{Counters.Sum(c => c.Future)}}}""");

    public void Add(in Slot slot)
    {
        _batch[_batchCount++] = slot;
        if (_batchCount == _batch.Length)
        {
            Flush();
        }
    }

    /// <summary>Other rules from here on; false = refused, and nothing changed.</summary>
    public bool TryAddRules(RuleDocument document, long receivedAtMicros, out IReadOnlyList<RuleFault> faults)
    {
        // The names of earlier readings are known then, so their classes are prepared before the slot.
        Flush();
        if (!_catalog.TryAdd(_version + 1, document, 0, out faults))
        {
            return false;
        }

        _version++;
        Add(Control(SlotKind.Rules, receivedAtMicros) with { ValueBits = _version });
        return true;
    }

    /// <summary>End of input.</summary>
    public void Finish()
    {
        Flush();
        foreach (var shard in _shards)
        {
            shard.Drain();
        }

        TakeRecords();
    }

    public static Slot TimeOptionsSlot(TimeOptions options, long receivedAtMicros) =>
        Control(SlotKind.TimeOptions, receivedAtMicros) with
        {
            EventTimeMicros = options.OutOfOrdernessMicros,
            ValueBits = options.IdleTimeoutMicros ?? Slot.NoNumber,
            SequenceNumber = options.MaxFutureMicros ?? Slot.NoNumber,
        };

    public static Slot Control(SlotKind kind, long receivedAtMicros) => new()
    {
        Kind = kind,
        ReceivedAtMicros = receivedAtMicros,
        SequenceNumber = Slot.NoNumber,
        CreatedAtMicros = Slot.NoNumber,
        EquipmentIndex = Slot.NoIndex,
        TagIndex = Slot.NoIndex,
        SourceIndex = Slot.NoIndex,
        Model = Slot.NoModel,
    };

    public void Dispose()
    {
        foreach (var shard in _shards)
        {
            shard.Dispose();
        }

        foreach (var output in _outputs)
        {
            output.Dispose();
        }
    }

    /// <summary>What was added is processed now.</summary>
    public void Flush()
    {
        if (_batchCount > 0)
        {
            foreach (var shard in _shards)
            {
                shard.Process(_batch.AsSpan(0, _batchCount), _lsnNext);
            }

            _lsnNext += _batchCount;
            _batchCount = 0;
            TakeRecords();
        }
    }

    // All shards stand at the same position here, so the least head of all queues is the next record.
    private void TakeRecords()
    {
        while (true)
        {
            ShardOutput? next = null;
            var nextHead = default(LedgerRecordHead);
            foreach (var output in _outputs)
            {
                if (output.TryPeek(out var record)
                    && System.Runtime.InteropServices.MemoryMarshal.Read<LedgerRecordHead>(record) is var head
                    && (next is null || IsBefore(head, nextHead)))
                {
                    (next, nextHead) = (output, head);
                }
            }

            if (next is null)
            {
                return;
            }

            next.TryPeek(out var taken);
            _take(taken);
            next.Advance(nextHead.LengthBytes);
        }
    }

    private static bool IsBefore(in LedgerRecordHead left, in LedgerRecordHead right) =>
        left.Lsn != right.Lsn ? left.Lsn < right.Lsn
        : left.EquipmentIndex != right.EquipmentIndex ? left.EquipmentIndex < right.EquipmentIndex
        : left.Ordinal < right.Ordinal;
}

/// <summary>Takes one ledger record, whole; the bytes are valid during the call only.</summary>
internal delegate void LedgerRecordTaker(ReadOnlySpan<byte> record);
