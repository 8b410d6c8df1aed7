using System.Numerics;
using System.Runtime.CompilerServices;

namespace HotPath.Delta.Columns;

/// <summary>
/// Arrays that are lent for a while and then lent again, so that work which comes piece by piece allocates what its largest
/// piece needs: the collector takes large arrays so late that gigabytes of them would lie about. An array may be longer than
/// was asked for, and its content is arbitrary. Owned by one thread; garbage as a whole when its owner is.
/// </summary>
/// <param name="bytesMax">Arrays that nobody uses are let go when a new one would bring all of them above this.</param>
internal sealed class LentArrays(long bytesMax = LentArrays.BytesMaxByDefault)
{
    private const long BytesMaxByDefault = 128L << 20;

    // Smaller ones lie in the young generation, where they cost little.
    private const int LentBytesMin = 4096;

    private readonly List<Array> _lent = [];
    private readonly Dictionary<Type, List<Array>> _unused = [];

    /// <summary>Bytes of all arrays that it holds, lent or not.</summary>
    public long Bytes { get; private set; }

    /// <summary>Bytes of all arrays that it ever made.</summary>
    public long AllocatedBytes { get; private set; }

    /// <summary>Where <see cref="TakeBack"/> goes back to.</summary>
    public int Mark => _lent.Count;

    /// <summary>An array of at least so many elements.</summary>
    public T[] Lend<T>(long count)
        where T : unmanaged
    {
        if (count * Unsafe.SizeOf<T>() < LentBytesMin)
        {
            return new T[count];
        }

        var array = TryReuse<T>(count) ?? Make<T>(count);
        _lent.Add(array);
        return array;
    }

    /// <summary>As <see cref="Lend"/>, all zero up to the count.</summary>
    public T[] LendZeroed<T>(long count)
        where T : unmanaged
    {
        var array = Lend<T>(count);
        array.AsSpan(0, (int)count).Clear();
        return array;
    }

    /// <summary>A longer array with the content of this one, which is taken back.</summary>
    public T[] Exchange<T>(T[] array, long count)
        where T : unmanaged
    {
        var longer = Lend<T>(count);
        array.CopyTo(longer, 0);
        var at = _lent.LastIndexOf(array);
        if (at >= 0)
        {
            // In the place of the old one, so that marks stay what they are.
            _lent[at] = longer;
            _lent.RemoveAt(_lent.Count - 1);
            UnusedOf(typeof(T)).Add(array);
        }

        return longer;
    }

    /// <summary>All arrays that were lent since the mark: nobody uses them any more.</summary>
    public void TakeBack(int mark)
    {
        for (var index = mark; index < _lent.Count; index++)
        {
            UnusedOf(_lent[index].GetType().GetElementType()!).Add(_lent[index]);
        }

        _lent.RemoveRange(mark, _lent.Count - mark);
    }

    private T[]? TryReuse<T>(long count)
    {
        var unused = UnusedOf(typeof(T));
        var best = -1;
        for (var index = 0; index < unused.Count; index++)
        {
            // One that is far too long would be missed by whoever needs its length.
            var length = unused[index].Length;
            if (length >= count && length <= 2 * count && (best < 0 || length < unused[best].Length))
            {
                best = index;
            }
        }

        if (best < 0)
        {
            return null;
        }

        var array = (T[])unused[best];
        unused.RemoveAt(best);
        return array;
    }

    private T[] Make<T>(long count)
        where T : unmanaged
    {
        // In steps of an eighth, so that pieces of about one size share their arrays.
        var step = Math.Max(64, 1L << Math.Max(0, BitOperations.Log2((ulong)count) - 3));
        var length = (int)Math.Min(Array.MaxLength, (count + step - 1) / step * step);
        var bytes = (long)length * Unsafe.SizeOf<T>();
        LetGo(Bytes + bytes - bytesMax);
        Bytes += bytes;
        AllocatedBytes += bytes;
        return GC.AllocateUninitializedArray<T>(length);
    }

    private void LetGo(long bytes)
    {
        foreach (var unused in _unused.Values)
        {
            while (bytes > 0 && unused.Count > 0)
            {
                var gone = Buffer.ByteLength(unused[^1]);
                unused.RemoveAt(unused.Count - 1);
                Bytes -= gone;
                bytes -= gone;
            }
        }
    }

    private List<Array> UnusedOf(Type type) =>
        _unused.TryGetValue(type, out var unused) ? unused : _unused[type] = [];
}
