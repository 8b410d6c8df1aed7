using System.Runtime.CompilerServices;

namespace HotPath.Engine.Shard;

/// <summary>
/// Which cases and rules of one machine an instant has to look at: each once, in order of marking. The shard thread
/// only; as large as the largest class.
/// </summary>
internal sealed unsafe class InstantMarks(NativePool pool)
{
    private ulong* _bits;
    private int _wordCount;

    public NativeList<int> Marked { get; } = new(pool);

    public void Prepare(int count)
    {
        var wordCount = (count + 63) / 64;
        if (wordCount > _wordCount)
        {
            _bits = (ulong*)pool.Grow(_bits, (long)_wordCount * sizeof(ulong), (long)wordCount * sizeof(ulong));
            _wordCount = wordCount;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Mark(int index)
    {
        var word = _bits + (index >> 6);
        var bit = 1UL << (index & 63);
        if ((*word & bit) == 0)
        {
            *word |= bit;
            Marked.Add(index);
        }
    }

    public void Mark(ReadOnlySpan<int> indexes)
    {
        foreach (var index in indexes)
        {
            Mark(index);
        }
    }

    public void Clear()
    {
        foreach (var index in Marked.Span)
        {
            _bits[index >> 6] = 0;
        }

        Marked.Clear();
    }
}
