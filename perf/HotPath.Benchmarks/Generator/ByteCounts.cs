namespace HotPath.Benchmarks.Generator;

/// <summary>What came in at the other end.</summary>
/// <param name="Messages">Datagrams, or calls.</param>
/// <param name="Records">Of calls.</param>
/// <param name="Bytes">Of datagrams their payload; of calls head and body.</param>
/// <param name="Dropped">Datagrams that the kernel had no room for.</param>
internal readonly record struct ByteCounts(long Messages, long Records, long Bytes, long Dropped)
{
    /// <summary>Throws unless all of it came in.</summary>
    public void Verify(GeneratorRun run)
    {
        if (Messages != run.Messages || Records != run.Records || Bytes != run.Bytes)
        {
            throw new InvalidOperationException(
                $"{run.Messages} messages, {run.Records} records and {run.Bytes} bytes were sent, "
                + $"{Messages}, {Records} and {Bytes} came in, {Dropped} were dropped; nothing counts.");
        }
    }
}
