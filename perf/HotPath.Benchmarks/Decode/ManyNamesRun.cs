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
        (string Name, List<byte[]> Records)[] forms =
        [
            ("MessagePack arrays, 11 a record", corpus.Arrays), ("MessagePack arrays, 1 a record", corpus.SingleArrays),
            ("JSON objects, 5 a record", corpus.Objects), ("JSON objects, 1 a record", corpus.SingleObjects),
            ("MessagePack envelopes of 10", corpus.Envelopes),
        ];
        foreach (var (name, records) in forms)
        {
            var (one, other) = (new Measured(name), new Measured(name));
            for (var round = 0; round < Rounds + WarmUpRounds; round++)
            {
                var (before, after) = round < WarmUpRounds ? (new Measured(name), new Measured(name)) : (one, other);
                before.Take(ManyNamesCorpus.ReadingCount, () => Decode(straight, block, records));
                after.Take(ManyNamesCorpus.ReadingCount, () => Decode(together, block, records));
            }

            result.Add(table, name, "straight", one);
            result.Add(table, name, "together", other);
            result.Add(new Figure(
                table, name, "straight over together", "x", [.. one.Nanoseconds.Zip(other.Nanoseconds, (first, second) => first / second)]));
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
