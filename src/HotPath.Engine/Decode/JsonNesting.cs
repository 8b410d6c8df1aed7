using System.Numerics;

namespace HotPath.Engine.Decode;

/// <summary>
/// Which members of an object stand in its meta, and where the object ends, from what stands before each name. A bit for
/// each member, the first one lowest.
/// </summary>
internal readonly ref struct JsonNesting
{
    /// <param name="count">How many names there are; some may be of what follows the object.</param>
    /// <param name="metas">The names that are meta's.</param>
    /// <param name="opens">Before these stands an opening brace.</param>
    /// <param name="closes">Before these stands a closing brace, and a comma.</param>
    public JsonNesting(int count, uint metas, uint opens, uint closes)
    {
        // A brace opens behind meta's name and nowhere else; the first that closes behind it is meta's.
        opens &= ~1u;
        var end = Lowest(((opens ^ (metas << 1)) & ~1u) | (1u << count));
        var first = Lowest(opens & (end - 1));
        var behind = Lowest(closes & (0 - (first << 1)));
        end = Lowest(end | (closes & ~behind & ~1u));
        Valid = end - 1;
        Opened = first & Valid;

        // Without one that closes, all from the first on.
        InMeta = (behind & Valid) - Opened;
        Count = BitOperations.TrailingZeroCount(end);
    }

    /// <summary>The members of the object and its meta.</summary>
    public uint Valid { get; }

    public int Count { get; }

    /// <summary>The first member of meta.</summary>
    public uint Opened { get; }

    /// <summary>Of meta; what is not valid may be among them.</summary>
    public uint InMeta { get; }

    private static uint Lowest(uint bits) => bits & (0 - bits);
}
