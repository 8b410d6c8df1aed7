namespace HotPath.Kinesis.Http;

/// <summary>
/// How much memory the bodies under way may take together. Any thread. When it is used up, a body is refused and not
/// waited for: a slow sender must not hold up the others.
/// </summary>
internal sealed class BodyMemory(long bytesMax)
{
    private long _bytes;

    public long Bytes => Volatile.Read(ref _bytes);

    public bool TryTake(int bytes)
    {
        if (Interlocked.Add(ref _bytes, bytes) <= bytesMax)
        {
            return true;
        }

        Interlocked.Add(ref _bytes, -bytes);
        return false;
    }

    public void GiveBack(int bytes) => Interlocked.Add(ref _bytes, -bytes);
}
