using System.Runtime.CompilerServices;

namespace HotPath.Engine.Rules.Compiled;

/// <summary>From a tag's index to its slot in a class: open addressing, at most half full. Immutable; any thread.</summary>
internal sealed class TagSlots
{
    private readonly (int TagIndex, int Slot)[] _cells;
    private readonly int _mask;
    private readonly int _shift;

    public TagSlots(ReadOnlySpan<ClassTag> tags)
    {
        _cells = new (int, int)[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(2, tags.Length * 2))];
        _mask = _cells.Length - 1;
        _shift = 32 - System.Numerics.BitOperations.Log2((uint)_cells.Length);
        Array.Fill(_cells, (-1, -1));
        for (var slot = 0; slot < tags.Length; slot++)
        {
            var at = Home(tags[slot].TagIndex);
            while (_cells[at].Slot >= 0)
            {
                at = (at + 1) & _mask;
            }

            _cells[at] = (tags[slot].TagIndex, slot);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(int tagIndex)
    {
        var at = Home(tagIndex);
        while (true)
        {
            var cell = _cells[at];
            if (cell.TagIndex == tagIndex || cell.Slot < 0)
            {
                return cell.Slot;
            }

            at = (at + 1) & _mask;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Home(int tagIndex) => (int)((uint)tagIndex * 0x9E37_79B1u >> _shift);
}
