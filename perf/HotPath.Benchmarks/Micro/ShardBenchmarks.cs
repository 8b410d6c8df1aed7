using BenchmarkDotNet.Attributes;
using HotPath.Benchmarks.Rules;
using HotPath.Engine;

namespace HotPath.Benchmarks.Micro;

/// <summary>A decoded reading through one shard: random machines of 20 tags, ten rules each, one reading in a thousand flips.</summary>
public class ShardBenchmarks : IDisposable
{
    private const int ReadingCount = 1 << 17;
    private const int WarmUpReadingsEach = 130;

    private ShardLoad? _load;

    /// <summary>Machines.</summary>
    [Params(1_000, 100_000)]
    public int Machines { get; set; }

    /// <summary>Makes the plant, with as much behind it as machines remember.</summary>
    [GlobalSetup]
    public void Fill()
    {
        var time = new TimeOptions { IdleTimeoutMicros = 120_000_000 };
        _load = new ShardLoad(new(Machines, 20, 10), RuleDocuments.Ten(20), time);
        _load.Fill();
        _load.Random((long)Machines * WarmUpReadingsEach, 1_000);
        _load.Keep(ReadingCount, 1_000);
    }

    /// <summary>Nanoseconds a reading; refused if one was not taken in as an ordinary one.</summary>
    [Benchmark(OperationsPerInvoke = ReadingCount)]
    public void Reading()
    {
        _load!.TakeKept();
        if (!_load.IsComplete)
        {
            throw new InvalidOperationException("A reading was late, a duplicate or lost.");
        }
    }

    /// <summary>Frees the plant.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        _load?.Dispose();
        GC.SuppressFinalize(this);
    }
}
