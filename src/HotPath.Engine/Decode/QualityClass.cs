using System.Text;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Decode;

/// <summary>Quality words and status codes as classes (RULES.md, Values).</summary>
internal static class QualityClass
{
    /// <summary>Beginning with <c>ok</c> or <c>good</c>, in any case: good; with <c>uncertain</c>: uncertain; else bad.</summary>
    /// <param name="word">Without blanks at its ends.</param>
    public static Quality OfWord(ReadOnlySpan<byte> word)
    {
        if (BeginsWith(word, "ok"u8) || BeginsWith(word, "good"u8))
        {
            return Quality.Good;
        }

        return BeginsWith(word, "uncertain"u8) ? Quality.Uncertain : Quality.Bad;
    }

    /// <summary>An OPC UA status code: the two top bits of 32 are 00 good, 01 uncertain, else bad.</summary>
    public static Quality OfStatusCode(long code) => ((code >> 30) & 3) switch
    {
        0 => Quality.Good,
        1 => Quality.Uncertain,
        _ => Quality.Bad,
    };

    private static bool BeginsWith(ReadOnlySpan<byte> word, ReadOnlySpan<byte> beginning) =>
        word.Length >= beginning.Length && Ascii.EqualsIgnoreCase(word[..beginning.Length], beginning);
}
