using System.Text;
using HotPath.Engine;
using HotPath.Engine.Decode;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;

namespace HotPath.TestKit.Decode;

/// <summary>
/// Mutated records through the decoder, each by the fast ways and again by the grammar alone, half of them ending where
/// nothing may be read. For one thread; a fault is an exception that names the seed and the bytes.
/// </summary>
/// <remarks>
/// Every record: no crash, at least one slot, the same slots by both ways; and where no name was new, nothing allocated
/// but what a first use makes once. Of JSON and MessagePack as such, one in <see cref="ReferenceOneIn"/> is compared with the slow
/// reference decoder too; of what is wrapped with a checksum, all readings must be among those of the sound record.
/// </remarks>
internal sealed unsafe class MutationRun : IDisposable
{
    public const int ReferenceOneIn = 64;
    private const int RoundRecords = 500_000;
    private const int NamesPerRound = 2_000;

    /// <summary>Magic, version and flags of a frame; the magic of the others.</summary>
    private const int HeadBytes = 6;

    private readonly ulong _seed;
    private readonly RecordMutator _mutator;
    private readonly GuardedPage _page = new();
    private readonly StagingBlock _fast = NewBlock();
    private readonly StagingBlock _slow = NewBlock();
    private readonly List<Slot> _sound = [];

    public MutationRun(int seed)
    {
        _seed = (ulong)seed;
        _mutator = new RecordMutator((ulong)seed * 0x9E37_79B9_7F4A_7C15UL);
    }

    public long Records { get; private set; }

    public long Readings { get; private set; }

    public long ComparedWithReference { get; private set; }

    /// <summary>Bytes allocated by records that brought no new name.</summary>
    public long AllocatedBytes { get; private set; }

    /// <summary>Takes so many more records, in rounds; each round has a corpus and names of its own.</summary>
    public void Take(long count)
    {
        for (var left = count; left > 0; left -= RoundRecords)
        {
            TakeRound((int)long.Min(left, RoundRecords));
        }
    }

    public void Dispose()
    {
        _page.Dispose();
        _fast.Dispose();
        _slow.Dispose();
    }

    private static StagingBlock NewBlock() => new(4096, 4 * EngineLimits.RecordReadingsMax);

    private void TakeRound(int count)
    {
        var corpus = new MutationCorpus(_mutator.Next(int.MaxValue));
        var names = new NameTables();
        names.Sources.TryIntern("sender"u8, DecodeBench.ReceivedAtMicros, out _);

        // The quota closes the directories soon: from then on nothing may be allocated.
        var quota = new NameQuota(NamesPerRound, NamesPerRound);
        using var fast = new RecordDecoder(names, quota, FastOptions());
        using var slow = new RecordDecoder(names, quota, new RecordDecoderOptions { ReadsByGrammarAlone = true });
        using var bench = new DecodeBench(slotCountMax: 4096);
        TakeSound(corpus, fast, slow);
        for (var index = 0; index < count; index++)
        {
            switch (_mutator.Next(8))
            {
                case < 5:
                    var family = corpus.Plain[_mutator.Next(corpus.Plain.Length)];
                    var record = Mutated(family);
                    TakeBothWays(record, fast, slow, names);
                    if (_mutator.Next(ReferenceOneIn) == 0)
                    {
                        CompareWithReference(record, bench);
                    }

                    break;
                case 5:
                    TakeBothWays(Mutated(corpus.Lines), fast, slow, names);
                    break;
                case 6:
                    TakeBothWays(Mutated(corpus.Unchecked[_mutator.Next(corpus.Unchecked.Length)]), fast, slow, names);
                    break;
                default:
                    TakeChecked(corpus.Checked[_mutator.Next(corpus.Checked.Length)], fast, slow, names);
                    break;
            }
        }

        Records += count;
    }

    /// <summary>In half of the rounds readings look their names up together, as they do where there are many names.</summary>
    private RecordDecoderOptions FastOptions() =>
        _mutator.Next(2) == 0 ? new RecordDecoderOptions() : new RecordDecoderOptions { FarNamesMin = 0 };

    /// <summary>Brings all sound names and shapes in.</summary>
    private void TakeSound(MutationCorpus corpus, RecordDecoder fast, RecordDecoder slow)
    {
        foreach (var family in (byte[][][])[.. corpus.Plain, corpus.Lines, .. corpus.Checked, .. corpus.Unchecked])
        {
            foreach (var record in family)
            {
                Decode(fast, record, _fast);
                Decode(slow, record, _slow);
            }
        }
    }

    private ReadOnlySpan<byte> Mutated(byte[][] family) => Mutated(family[_mutator.Next(family.Length)], family[_mutator.Next(family.Length)]);

    // Safe because the page holds the most that a mutation makes. Worth it: what reads over the end comes down.
    private ReadOnlySpan<byte> Mutated(byte[] record, byte[] other)
    {
        var start = new Span<byte>(_page.Start, RecordMutator.BytesMax);
        var bytes = _mutator.Mutate(record, other, start);
        if (_mutator.Next(2) == 0)
        {
            return start[..bytes];
        }

        var atTheEnd = new Span<byte>(_page.End - bytes, bytes);
        start[..bytes].CopyTo(atTheEnd);
        return atTheEnd;
    }

    private static void Decode(RecordDecoder decoder, ReadOnlySpan<byte> record, StagingBlock into)
    {
        into.Clear();
        decoder.Decode(record, new RecordOrigin(0, 0, DecodeBench.ReceivedAtMicros, TimestampUnit.Milliseconds), into);
    }

    private void TakeBothWays(ReadOnlySpan<byte> record, RecordDecoder fast, RecordDecoder slow, NameTables names)
    {
        var namesBefore = CountOf(names);
        var allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        Decode(fast, record, _fast);
        Decode(slow, record, _slow);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
        AllocatedBytes += CountOf(names) == namesBefore ? allocated : 0;
        Readings += _fast.Count - _fast.RejectedCount;
        if (_fast.Count == 0 || !AreSame())
        {
            throw new InvalidOperationException($"{Words(record)}\nfast\n{Words(_fast, names)}\nby grammar\n{Words(_slow, names)}");
        }
    }

    private static int CountOf(NameTables names) =>
        names.Equipment.Count + names.Tags.Count + names.Sources.Count + names.Symbols.Count + names.Flags.Count;

    private bool AreSame()
    {
        var fast = _fast.Slots;
        var slow = _slow.Slots;
        if (fast.Length != slow.Length)
        {
            return false;
        }

        for (var index = 0; index < fast.Length; index++)
        {
            if (fast[index].Kind == SlotKind.Rejected
                ? fast[index].RejectReason != slow[index].RejectReason || !_fast.RawOf(in fast[index]).SequenceEqual(_slow.RawOf(in slow[index]))
                : !BytesOf(in fast[index]).SequenceEqual(BytesOf(in slow[index])))
            {
                return false;
            }
        }

        return true;
    }

    // Safe because a slot is so many bytes without padding that is not written. Worth it: one compare for all fields.
    private static ReadOnlySpan<byte> BytesOf(ref readonly Slot slot) =>
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(new ReadOnlySpan<Slot>(in slot))[..^sizeof(ushort)];

    private void TakeChecked(byte[][] family, RecordDecoder fast, RecordDecoder slow, NameTables names)
    {
        var sound = family[_mutator.Next(family.Length)];
        Decode(fast, sound, _fast);
        _sound.Clear();
        foreach (ref readonly var slot in _fast.Slots)
        {
            _sound.Add(slot);
        }

        var mutated = Mutated(sound, family[_mutator.Next(family.Length)]);
        TakeBothWays(mutated, fast, slow, names);
        if (int.Min(mutated.Length, sound.Length) < HeadBytes || !mutated[..HeadBytes].SequenceEqual(sound.AsSpan(0, HeadBytes)))
        {
            // Of another encoding now, or told that it has no checksum.
            return;
        }

        foreach (ref readonly var slot in _fast.Slots)
        {
            if (slot.Kind == SlotKind.Reading && !IsAmongSound(in slot))
            {
                throw new InvalidOperationException($"{Words(mutated)}\na checksum let this through\n{Words(_fast, names)}");
            }
        }
    }

    private bool IsAmongSound(ref readonly Slot slot)
    {
        foreach (ref readonly var sound in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_sound))
        {
            if (BytesOf(in sound).SequenceEqual(BytesOf(in slot)))
            {
                return true;
            }
        }

        return false;
    }

    private void CompareWithReference(ReadOnlySpan<byte> record, DecodeBench bench)
    {
        if (record.IsEmpty || !ReferenceDecoder.Reads(record[0]))
        {
            return;
        }

        // Twice: by the grammar while the names are new, and then by the fast ways.
        var bytes = record.ToArray();
        var first = bench.Decode(bytes);
        var actual = bench.Decode(bytes);
        var expected = ReferenceDecoder.Decode(bytes).ConvertAll(reading => ReferenceDecoder.WithKeptFlags(reading, bench.Names.Flags));
        ComparedWithReference++;
        if (!expected.SequenceEqual(actual) || !expected.SequenceEqual(first))
        {
            throw new InvalidOperationException(
                $"{Words(record)}\nreference\n{string.Join('\n', expected)}\nfast\n{string.Join('\n', actual)}\nfirst\n{string.Join('\n', first)}");
        }
    }

    private string Words(ReadOnlySpan<byte> record) =>
        $"seed {_seed}, after {Records:N0} records: {Convert.ToHexString(record)}\n{Encoding.Latin1.GetString(record)}";

    private static string Words(StagingBlock block, NameTables names)
    {
        var words = new StringBuilder();
        foreach (ref readonly var slot in block.Slots)
        {
            words.Append(DecodedReading.Of(in slot, block, names)).Append('\n');
        }

        return words.ToString();
    }
}
