using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using HotPath.Engine.Ledger;
using HotPath.Engine.Names;
using HotPath.Engine.Replay;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules;

namespace HotPath.TestKit.Reference;

/// <summary>
/// Runs a recorded case as an engine does that takes snapshots while it works and is started again from them, at places
/// and with numbers of shards of a seed: what comes must be what an undisturbed run gives. What is derived a second time
/// is compared, byte for byte, with what was derived before.
/// </summary>
internal sealed class RestartedRun : IDisposable
{
    private static readonly int[] ShardCounts = [1, 2, 7, 1, 3];

    private readonly NameTables _names = new();
    private readonly List<Slot> _slots = [];
    private readonly SortedDictionary<long, RuleDocument> _documents = [];
    private readonly List<byte[]> _records = [];
    private readonly int _seed;
    private readonly Random _random;
    private SavedShards _running;
    private int _runs;

    private RestartedRun(RecordedCase recorded, int seed)
    {
        _seed = seed;
        _random = new Random(seed);
        _slots.Add(TimeOf(recorded));
        AddRules(recorded.Rules, Slot.NoNumber);
        var reader = new PlainLineReader(_names, recorded.TimestampUnitMicros);
        foreach (var line in recorded.Lines)
        {
            if (TimeLine.Is(line))
            {
                AddTime(line);
                continue;
            }

            if (!reader.TryRead(line, out var slot, out var rules, out var refusal))
            {
                throw new FormatException(refusal);
            }

            if (rules is null)
            {
                _slots.Add(slot);
            }
            else
            {
                AddRules(rules, slot.ReceivedAtMicros);
            }
        }

        _running = NewShards(versionFrom: 1);
    }

    /// <summary>Restarts from a snapshot so far.</summary>
    public int RestartCount { get; private set; }

    /// <summary>The rows as a replay prints them, with the summary line; and how often it was restarted on the way.</summary>
    public static (IReadOnlyList<string> Rows, int Restarts) Rows(RecordedCase recorded, int seed, int markerCount = 4)
    {
        using var run = new RestartedRun(recorded, seed);
        run.PutMarkers(markerCount);
        run.Go();
        return (run.Finish(), run.RestartCount);
    }

    public void Dispose() => _running.Dispose();

    private static Slot TimeOf(RecordedCase recorded) => ReplayRun.Control(SlotKind.TimeOptions, Slot.NoNumber) with
    {
        EventTimeMicros = recorded.Options.OutOfOrdernessMicros,
        ValueBits = recorded.Options.IdleTimeoutMicros ?? Slot.NoNumber,
        SequenceNumber = recorded.Options.MaxFutureMicros ?? Slot.NoNumber,
    };

    private void AddTime(JsonElement line)
    {
        if (!ReplayControl.TryReceivedAt(line, out var receivedAtMicros, out var refusal))
        {
            throw new FormatException(refusal);
        }

        _slots.Add(ReplayRun.TimeOptionsSlot(TimeLine.Read(line), receivedAtMicros));
    }

    private void AddRules(string text, long receivedAtMicros)
    {
        if (!RuleDocument.TryParse(text, out var document, out var faults))
        {
            throw new FormatException(faults[0].ToString());
        }

        var version = _documents.Count + 1;
        _documents[version] = document;
        _slots.Add(ReplayRun.Control(SlotKind.Rules, receivedAtMicros) with { ValueBits = version });
    }

    /// <summary>Like a process that knows the document of its snapshot and those that follow in the journal.</summary>
    private SavedShards NewShards(long versionFrom)
    {
        var catalog = new RuleCatalog(_names);
        foreach (var (version, document) in _documents.Where(pair => pair.Key >= versionFrom))
        {
            if (!catalog.TryAdd(version, document, 0, out var faults))
            {
                throw new FormatException(faults[0].ToString());
            }
        }

        return new SavedShards(ShardCounts[_runs++ % ShardCounts.Length], _names, catalog);
    }

    private void PutMarkers(int count)
    {
        for (var marker = 0; marker < count; marker++)
        {
            _slots.Insert(1 + _random.Next(_slots.Count), ReplayRun.Control(SlotKind.SnapshotMarker, Slot.NoNumber));
        }
    }

    private void Go()
    {
        var at = 0;
        while (at < _slots.Count)
        {
            at += Process(at, at + 1 + _random.Next(20), out var isMarker);
            if (isMarker)
            {
                at = SaveAndRestart(at);
            }
        }
    }

    /// <summary>Works on to the first marker or the end given.</summary>
    private int Process(int from, int to, out bool isMarker)
    {
        to = Math.Min(to, _slots.Count);
        var marker = _slots.FindIndex(from, to - from, slot => slot.Kind == SlotKind.SnapshotMarker);
        isMarker = marker >= 0;
        to = isMarker ? marker + 1 : to;
        var batch = CollectionsMarshal.AsSpan(_slots)[from..to];
        foreach (var shard in _running.Shards)
        {
            shard.Process(batch, from);
        }

        TakeRecords();
        return to - from;
    }

    /// <summary>
    /// While the state of the marker is saved in small slices the shards work on; then others take over from it, and
    /// derive again what those had done since.
    /// </summary>
    private int SaveAndRestart(int behindMarker)
    {
        var markerLsn = behindMarker - 1;
        var at = behindMarker;
        var sliceBytes = 1 + _random.Next(3_000);
        while (!_running.IsSaved && !_running.IsAbandoned)
        {
            _running.Slice(sliceBytes);
            if (at < _slots.Count && _slots[at].Kind != SlotKind.SnapshotMarker)
            {
                at += Process(at, at + 1, out _);
            }
        }

        if (_running.IsAbandoned || _random.Next(5) == 0)
        {
            // No shard is saving any longer: all came by the same rule change.
            _running.Slice(0);
            _running.ForgetSaved();
            return at;
        }

        var saved = _running.Saved;
        _running.Dispose();
        _running = NewShards(saved.Heads[0].RuleVersion);
        _running.Load(saved);
        RestartCount++;
        DeriveAgain(markerLsn, at);
        return at;
    }

    private void DeriveAgain(int markerLsn, int to)
    {
        var before = _records.Where(record => LsnOf(record) > markerLsn).ToList();
        _records.RemoveAll(record => LsnOf(record) > markerLsn);
        var keptCount = _records.Count;
        for (var at = markerLsn + 1; at < to;)
        {
            at += Process(at, Math.Min(to, at + 1 + _random.Next(9)), out _);
        }

        var again = _records.Skip(keptCount).ToList();
        for (var index = 0; index < Math.Max(before.Count, again.Count); index++)
        {
            if (index >= before.Count || index >= again.Count || !before[index].AsSpan().SequenceEqual(again[index]))
            {
                throw new InvalidOperationException(
                    $"HOTPATH_SEED={_seed}: snapshot at LSN {markerLsn}: record {index} of {before.Count} was derived otherwise a second time");
            }
        }
    }

    private List<string> Finish()
    {
        foreach (var shard in _running.Shards)
        {
            shard.Drain();
        }

        TakeRecords();
        var rows = new ReplayRows(_names);
        foreach (var record in _records)
        {
            rows.Add(record);
        }

        var counted = Counted();
        return
        [
            .. rows.InOrder(),
            string.Create(
                CultureInfo.InvariantCulture,
                $$"""{"type":"summary","readings":{{counted[0]}},"late":{{counted[1]}},"duplicate":{{counted[2]}},"future":{{counted[3]}}}"""),
        ];
    }

    private long[] Counted()
    {
        var counters = _running.Shards.Select(shard => shard.Counters).ToList();
        return
        [
            counters.Sum(c => c.Readings),
            counters.Sum(c => c.Late),
            counters.Sum(c => c.Duplicate),
            counters.Sum(c => c.Future),
        ];
    }

    /// <summary>All shards stand at the same place here, so their records in order are those of the ledger.</summary>
    private void TakeRecords()
    {
        var all = new List<byte[]>();
        foreach (var output in _running.Outputs)
        {
            var taken = new List<byte[]>();
            while (output.TryPeek(out var record))
            {
                taken.Add(record.ToArray());
                output.Advance(record.Length);
                RequireAscending(taken);
            }

            all.AddRange(taken);
        }

        _records.AddRange(all
            .OrderBy(LsnOf)
            .ThenBy(record => LedgerSegment.HeadOf(record).EquipmentIndex)
            .ThenBy(record => LedgerSegment.HeadOf(record).Ordinal));
    }

    /// <summary>
    /// Cause: a machine was worked on twice for one slot, its records numbered from 0 each time. Symptom: the merged
    /// order of the ledger depended on the number of shards, and a start with another number found it damaged.
    /// </summary>
    private static void RequireAscending(List<byte[]> ofOneShard)
    {
        if (ofOneShard.Count < 2)
        {
            return;
        }

        ref readonly var before = ref LedgerSegment.HeadOf(ofOneShard[^2]);
        ref readonly var last = ref LedgerSegment.HeadOf(ofOneShard[^1]);
        if ((before.Lsn, before.EquipmentIndex, before.Ordinal).CompareTo((last.Lsn, last.EquipmentIndex, last.Ordinal)) >= 0)
        {
            throw new InvalidOperationException(
                $"a shard put LSN {last.Lsn}, equipment {last.EquipmentIndex}, ordinal {last.Ordinal} behind " +
                $"LSN {before.Lsn}, equipment {before.EquipmentIndex}, ordinal {before.Ordinal}");
        }
    }

    private static long LsnOf(byte[] record) => LedgerSegment.HeadOf(record).Lsn;
}
