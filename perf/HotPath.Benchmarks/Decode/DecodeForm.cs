using HotPath.Benchmarks.Results;

namespace HotPath.Benchmarks.Decode;

/// <summary>One encoding and what decodes it, with its rounds.</summary>
internal sealed class DecodeForm(string name, List<byte[]> records, Action<List<byte[]>> pass)
{
    private readonly List<double> _nanos = [];
    private readonly List<double> _allocatedBytes = [];

    public string Name { get; } = name;

    public List<byte[]> Records { get; } = records;

    /// <summary>Decodes all records once.</summary>
    public Action<List<byte[]>> Pass { get; } = pass;

    /// <summary>Null: no goal was set.</summary>
    public double? NanosMax { get; init; }

    /// <summary>Ours may allocate nothing.</summary>
    public bool IsOwn { get; init; }

    /// <summary>Of a reading, by round.</summary>
    public IReadOnlyList<double> Nanos => _nanos;

    public void Note(long cpuNanos, long allocatedBytes, long readings)
    {
        _nanos.Add(cpuNanos / (double)readings);
        _allocatedBytes.Add(allocatedBytes / (double)readings);
    }

    public void Clear()
    {
        _nanos.Clear();
        _allocatedBytes.Clear();
    }

    public void AddTo(BenchResult result)
    {
        const string Table = "a reading";
        result.Add(new Figure(Table, Name, "CPU", "ns", [.. _nanos]) { Goal = NanosMax is { } bound ? Goal.AtMost(bound) : null });
        result.Add(new Figure(Table, Name, "allocated", "B", [.. _allocatedBytes]) { Goal = IsOwn ? Goal.AtMost(0) : null });
        result.Add(new Figure(Table, Name, "encoded", "B", [Records.Sum(record => record.Length) / (double)DecodeCorpus.ReadingCount]));
    }
}
