using System.Runtime.InteropServices;
using HotPath.Benchmarks.Results;
using HotPath.Engine;
using HotPath.Engine.Decode;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;

namespace HotPath.Benchmarks.Decode;

/// <summary>What decoding costs when names come at random from so many that the caches do not hold them.</summary>
internal static class ManyNamesRun
{
    private const int Rounds = 9;
    private const int WarmUpRounds = 2;

    private static readonly int[] PairCounts = [1_000, 100_000, 1_000_000];

    public static void Add(BenchResult result)
    {
        foreach (var pairs in PairCounts)
        {
            Add(result, new ManyNamesCorpus(pairs));
        }

        foreach (var names in PairCounts)
        {
            new DirectoryLookups(names).Add(result, Rounds, WarmUpRounds);
        }
    }

    private static void Add(BenchResult result, ManyNamesCorpus corpus)
    {
        var table = $"names at random, {corpus.PairCount:#,0} pairs";
        using var straight = new RecordDecoder(corpus.Names, new NameQuota(), new RecordDecoderOptions { FarNamesMin = int.MaxValue });
        using var together = new RecordDecoder(corpus.Names, new NameQuota(), new RecordDecoderOptions { FarNamesMin = 0 });
        using var block = new StagingBlock(ManyNamesCorpus.ReadingCount, 4 * EngineLimits.RecordReadingsMax);
        foreach (var (name, records) in (IEnumerable<(string, List<byte[]>)>)
            [("MessagePack arrays, 11 a record", corpus.Arrays), ("MessagePack arrays, 1 a record", corpus.SingleArrays)])
        {
            RequireSame(straight, together, block, records);
            var (one, other) = (new Measured(name), new Measured(name));
            for (var round = -WarmUpRounds; round < Rounds; round++)
            {
                Take(round < 0 ? null : one, () => Decode(straight, block, records));
                Take(round < 0 ? null : other, () => Decode(together, block, records));
            }

            result.Add(table, name, "straight", one);
            result.Add(table, name, "together", other);
            result.Add(new Figure(
                table, name, "straight over together", "x", [.. one.Nanoseconds.Zip(other.Nanoseconds, (first, second) => first / second)]));
        }

        foreach (var (name, records) in (IEnumerable<(string, List<byte[]>)>)
            [
                ("JSON objects, 5 a record", corpus.Objects), ("JSON objects, 1 a record", corpus.SingleObjects),
                ("MessagePack envelopes of 10", corpus.Envelopes),
            ])
        {
            var measured = new Measured(name);
            for (var round = -WarmUpRounds; round < Rounds; round++)
            {
                Take(round < 0 ? null : measured, () => Decode(straight, block, records));
            }

            result.Add(table, name, "straight", measured);
        }
    }

    /// <summary>By the thread's CPU clock.</summary>
    private static void Take(Measured? measured, Action run)
    {
        var before = ThreadCpu.Nanoseconds;
        run();
        measured?.Note(TimeSpan.FromTicks((ThreadCpu.Nanoseconds - before) / TimeSpan.NanosecondsPerTick), ManyNamesCorpus.ReadingCount);
    }

    private static void RequireSame(RecordDecoder one, RecordDecoder other, StagingBlock block, List<byte[]> records)
    {
        var origin = new RecordOrigin(0, 0, 0, TimestampUnit.Milliseconds);
        foreach (var record in records)
        {
            block.Clear();
            one.Decode(record, origin, block);
            var expected = block.Slots.ToArray();
            block.Clear();
            other.Decode(record, origin, block);
            if (!MemoryMarshal.AsBytes(block.Slots).SequenceEqual(MemoryMarshal.AsBytes(expected.AsSpan())))
            {
                throw new InvalidOperationException("Readings that look their names up together differ; nothing is timed.");
            }
        }
    }

    private static void Decode(RecordDecoder decoder, StagingBlock block, List<byte[]> records)
    {
        var origin = new RecordOrigin(0, 0, 0, TimestampUnit.Milliseconds);
        var count = 0;
        block.Clear();
        foreach (var record in records)
        {
            if (block.Count > 4096)
            {
                count += block.Count;
                block.Clear();
            }

            decoder.Decode(record, origin, block);
        }

        count += block.Count;
        if (count != ManyNamesCorpus.ReadingCount || block.RejectedCount != 0)
        {
            throw new InvalidOperationException($"{count} slots; nothing is timed.");
        }
    }
}
