namespace HotPath.Engine.Rules;

/// <summary>The greatest number of everything in a rule document (RULES.md, "Rule document"), checked when it is read.</summary>
internal static class RuleLimits
{
    public const int RuleCountMax = 10_000;
    public const int GroupCountMax = 16;
    public const int CaseCountMax = 32;

    /// <summary>Parentheses, `not` and unary minus within one another. A chain (`a or b or c`) counts as one level.</summary>
    public const int ExpressionDepthMax = 32;

    public const int StringLiteralBytesMax = 256;

    /// <summary>10,000 rules of 1.6 KB; more is refused before it is looked at.</summary>
    public const int DocumentBytesMax = 16 * 1024 * 1024;

    /// <summary>Nesting of lists and tables. A valid document has 8 levels; `actions` may have some more.</summary>
    public const int DocumentDepthMax = 32;

    /// <summary>Scalars, lists and tables, an alias counting as all that it stands for.</summary>
    public const int NodeCountMax = 2_000_000;

    /// <summary>One scalar. The longest that means something is an expression.</summary>
    public const int ScalarCharsMax = 64 * 1024;

    /// <summary>Text that a parser may read before it finds a value: the longest scalar, and comments before it.</summary>
    public const int CharsBetweenValuesMax = 256 * 1024;

    /// <summary>No list of a rule document is longer than that of its rules.</summary>
    public const int ListItemsMax = RuleCountMax;

    /// <summary>An expression of so many tags, literals and operators.</summary>
    public const int ExpressionTermsMax = 4_096;

    /// <summary>The words of all expressions of a document: 200 for each of 10,000 rules.</summary>
    public const int DocumentWordsMax = 2_000_000;

    /// <summary>Keys of one table. A rule has 8; `actions` may have some more.</summary>
    public const int TableKeysMax = 100;

    /// <summary>`title`, for people.</summary>
    public const int TitleCharsMax = 1_024;

    public const int GlobCountMax = 1_024;

    /// <summary>300 years: with any time of WIRE.md it still fits into 64 bits.</summary>
    public const long DurationMicrosMax = 300L * 366 * 86_400_000_000;

    /// <summary>Faults that are listed; a document with more is hopeless anyway.</summary>
    public const int FaultCountMax = 200;

    /// <summary>What a document may need for the machines known when it comes, all shards together.</summary>
    public const long MachineBytesMax = 16L * 1024 * 1024 * 1024;

    /// <summary>A window is kept as so many buckets.</summary>
    public const int WindowBuckets = 60;

    /// <summary>A zscore needs so many numbers before it.</summary>
    public const int ZScoreCountMin = 30;
}
