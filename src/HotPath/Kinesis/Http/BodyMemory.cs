namespace HotPath.Kinesis.Http;

/// <summary>
/// How much memory the bodies under way may take together. Any thread. When it is used up, a body is refused and not
/// waited for: a slow sender must not hold up the others.
/// </summary>
internal sealed class BodyMemory(long bytesMax, KinesisCounters counters)
{
    public bool TryTake(int bytes)
    {
        if (counters.AddBodyMemory(bytes) <= bytesMax)
        {
            return true;
        }

        counters.AddBodyMemory(-bytes);
        return false;
    }

    public void GiveBack(int bytes) => counters.AddBodyMemory(-bytes);
}
