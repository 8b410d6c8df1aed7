namespace HotPath.Delta.Parquet.Compression;

/// <summary>The copy of LZ77: bytes that were written before, which may reach into what is being written.</summary>
internal static class BackReference
{
    public static bool TryCopy(Span<byte> destination, ref int at, long offset, int length)
    {
        if (offset <= 0 || offset > at || length > destination.Length - at)
        {
            return false;
        }

        var from = at - (int)offset;
        if (offset >= length)
        {
            destination.Slice(from, length).CopyTo(destination[at..]);
        }
        else if (offset == 1)
        {
            destination.Slice(at, length).Fill(destination[from]);
        }
        else
        {
            for (var i = 0; i < length; i++)
            {
                destination[at + i] = destination[from + i];
            }
        }

        at += length;
        return true;
    }
}
