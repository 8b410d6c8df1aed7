namespace HotPath.Engine.Rules.Yaml;

/// <summary>Finds what somebody probably meant to write.</summary>
internal static class NearestWord
{
    private const int WordCharsMax = 64;

    /// <summary>The word with the fewest edits, or null when none is near.</summary>
    public static string? Find(string written, ReadOnlySpan<string> words)
    {
        string? nearest = null;
        var editsMin = int.MaxValue;
        foreach (var word in words)
        {
            var edits = written.Length > WordCharsMax ? int.MaxValue : Edits(written, word);
            if (edits < editsMin)
            {
                (nearest, editsMin) = (word, edits);
            }
        }

        // Something of it must have been meant: what shares no character with a word is not near to it.
        return editsMin <= Math.Max(2, written.Length / 2) && editsMin < written.Length ? nearest : null;
    }

    // Levenshtein, ignoring case, with one row.
    private static int Edits(string written, string word)
    {
        Span<int> row = stackalloc int[WordCharsMax + 1];
        for (var at = 0; at <= written.Length; at++)
        {
            row[at] = at;
        }

        for (var wordAt = 1; wordAt <= word.Length; wordAt++)
        {
            var diagonal = row[0];
            row[0] = wordAt;
            for (var at = 1; at <= written.Length; at++)
            {
                var isSame = char.ToLowerInvariant(written[at - 1]) == char.ToLowerInvariant(word[wordAt - 1]);
                var edits = Math.Min(Math.Min(row[at], row[at - 1]) + 1, diagonal + (isSame ? 0 : 1));
                diagonal = row[at];
                row[at] = edits;
            }
        }

        return row[written.Length];
    }
}
