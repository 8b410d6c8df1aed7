namespace HotPath.Engine.Rules;

/// <summary>
/// A pattern over an equipmentId: <c>*</c> is any run, <c>?</c> one code point, everything else itself. Immutable.
/// </summary>
internal sealed class Glob
{
    private readonly byte[] _pattern;
    private readonly bool _isAll;
    private readonly int _plainPrefix;

    public Glob(string text)
    {
        Text = text;
        _pattern = System.Text.Encoding.UTF8.GetBytes(text);
        _isAll = text == "*";
        var special = _pattern.AsSpan().IndexOfAny((byte)'*', (byte)'?');
        _plainPrefix = special < 0 ? _pattern.Length : special;
    }

    public string Text { get; }

    /// <summary>Linear in practice: only the last star is ever gone back to.</summary>
    public bool Matches(ReadOnlySpan<byte> name)
    {
        if (_isAll)
        {
            return true;
        }

        return name.StartsWith(_pattern.AsSpan(0, _plainPrefix))
            && MatchesRest(_pattern.AsSpan(_plainPrefix), name[_plainPrefix..]);
    }

    private static bool MatchesRest(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> name)
    {
        int at = 0, patternAt = 0, starAt = -1, starNameAt = 0;
        while (at < name.Length)
        {
            if (patternAt < pattern.Length && pattern[patternAt] == '*')
            {
                starAt = patternAt++;
                starNameAt = at;
            }
            else if (patternAt < pattern.Length && pattern[patternAt] == '?')
            {
                patternAt++;
                at += CodePointBytes(name[at..]);
            }
            else if (patternAt < pattern.Length && pattern[patternAt] == name[at])
            {
                patternAt++;
                at++;
            }
            else if (starAt >= 0)
            {
                patternAt = starAt + 1;
                starNameAt += CodePointBytes(name[starNameAt..]);
                at = starNameAt;
            }
            else
            {
                return false;
            }
        }

        while (patternAt < pattern.Length && pattern[patternAt] == '*')
        {
            patternAt++;
        }

        return patternAt == pattern.Length;
    }

    private static int CodePointBytes(ReadOnlySpan<byte> rest)
    {
        var bytes = 1;
        while (bytes < rest.Length && (rest[bytes] & 0xC0) == 0x80)
        {
            bytes++;
        }

        return bytes;
    }
}
