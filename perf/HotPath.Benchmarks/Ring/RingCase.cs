namespace HotPath.Benchmarks.Ring;

/// <summary>
/// A topology and a batch. Numbers are dealt out to producers in equal, unbroken parts; three consumers are a diamond:
/// the third takes what both others have released.
/// </summary>
internal sealed record RingCase(int Producers, int Consumers, int Batch, long Events)
{
    public long EventsPerProducer => Events / Producers;

    /// <summary>More threads than cores take turns.</summary>
    public bool IsShared => Producers + Consumers > Environment.ProcessorCount;

    public string Words => $"{Producers} to {Consumers}, batch {Batch:N0}";
}
