using BenchmarkDotNet.Attributes;
using HotPath.Benchmarks.Decode;
using HotPath.Engine;
using HotPath.Engine.Decode;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;

namespace HotPath.Benchmarks.Micro;

/// <summary>One encoded reading to its slot, names looked up, everything checked: the corpus of the command <c>decode</c>.</summary>
public class DecodeBenchmarks : IDisposable
{
    private readonly DecodeCorpus _corpus = new();
    private readonly RecordDecoder _decoder;
    private readonly StagingBlock _block = new(4096, 4 * EngineLimits.RecordReadingsMax);

    /// <summary>A decoder with names of its own.</summary>
    public DecodeBenchmarks()
    {
        var names = new NameTables();
        names.Sources.TryIntern("sender"u8, 0, out _);
        _decoder = new RecordDecoder(names, new NameQuota());
    }

    /// <summary>JSON in the sender's usual order.</summary>
    [Benchmark(OperationsPerInvoke = DecodeCorpus.ReadingCount)]
    public int Json() => Decode(_corpus.Json);

    /// <summary>JSON with members in any order, and spaces.</summary>
    [Benchmark(OperationsPerInvoke = DecodeCorpus.ReadingCount)]
    public int JsonAnyOrder() => Decode(_corpus.JsonAnyOrder);

    /// <summary>A MessagePack map.</summary>
    [Benchmark(OperationsPerInvoke = DecodeCorpus.ReadingCount)]
    public int MessagePackMap() => Decode(_corpus.PackMaps);

    /// <summary>A MessagePack array.</summary>
    [Benchmark(OperationsPerInvoke = DecodeCorpus.ReadingCount)]
    public int MessagePackArray() => Decode(_corpus.PackArrays);

    /// <summary>A reading in a MessagePack envelope of 64.</summary>
    [Benchmark(OperationsPerInvoke = DecodeCorpus.ReadingCount)]
    public int MessagePackEnvelope() => Decode(_corpus.Envelopes);

    /// <summary>Line protocol.</summary>
    [Benchmark(OperationsPerInvoke = DecodeCorpus.ReadingCount)]
    public int LineProtocol() => Decode(_corpus.Lines);

    /// <summary>Frees what the decoder works in.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        _decoder.Dispose();
        _block.Dispose();
        GC.SuppressFinalize(this);
    }

    private int Decode(List<byte[]> records)
    {
        _block.Clear();
        var origin = new RecordOrigin(0, 0, 0, TimestampUnit.Milliseconds);
        foreach (var record in records)
        {
            _decoder.Decode(record, origin, _block);
        }

        return _block.Count == DecodeCorpus.ReadingCount && _block.Slots[^1].Kind == SlotKind.Reading
            ? _block.Count
            : throw new InvalidOperationException("A record was not decoded.");
    }
}
