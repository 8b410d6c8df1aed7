namespace HotPath.Engine.Rules.Compiled;

/// <summary>A rule of a class of machines. Words are indexes of <c>NameTables.Words</c>, -1 for none.</summary>
internal struct ClassRule
{
    /// <summary>No staleAfter: no tag is ever that old.</summary>
    public const long NeverStale = long.MaxValue;

    public int Word;
    public int DocumentIndex;
    public int DefaultWord;
    public int GroupFirst;
    public int GroupCount;
    public int CaseFirst;
    public int CaseCount;
    public long StaleAfterMicros;
    public long MicroStopMicros;

    /// <summary>Slots of the tags that its cases read (in <c>TagLists</c>).</summary>
    public Run Tags;
}

internal struct ClassGroup
{
    public int Word;
    public int Weight;
    public int ElseWord;
    public int UnknownWord;
    public int CaseFirst;
    public int CaseCount;

    /// <summary>Slots of the tags that its cases read (in <c>TagLists</c>).</summary>
    public Run Tags;
}

internal struct ClassCase
{
    public int StateWord;
    public int ReasonWord;
    public int Rule;

    /// <summary>Where the programs begin; -1 = no `until`.</summary>
    public int When;
    public int Until;
    public long HoldMicros;
    public long ClearMicros;

    /// <summary>Slots of the tags that it reads (in <c>TagLists</c>).</summary>
    public Run Tags;
}

/// <summary>A run of items in one of the class's flat arrays.</summary>
internal readonly record struct Run(int First, int Count)
{
    public int End => First + Count;
}

/// <summary>A tag that some rule of the class reads. Its place in the array is its slot in every machine of the class.</summary>
internal struct ClassTag
{
    public int TagIndex;

    /// <summary>Cases to look at when the value changes, beside those of the channels (in <c>CaseLists</c>).</summary>
    public Run GeneralCases;

    /// <summary>Cases that read a window of the tag: to look at on each good number (in <c>CaseLists</c>).</summary>
    public Run WindowCases;

    public Run Windows;
    public Run Limits;
    public Run Channels;

    /// <summary>The shortest of its limits: younger than that, nothing about the tag is stale to anybody.</summary>
    public long LimitMicrosMin;
}

/// <summary>A trailing window that some rule of the class has over a tag.</summary>
internal struct ClassWindow
{
    public int Tag;
    public long WidthMicros;
    public long BucketMicros;

    /// <summary>Cases that read it (in <c>CaseLists</c>).</summary>
    public Run Cases;
}

/// <summary>An age at which a tag becomes stale to somebody: a staleAfter, or the width of a stale().</summary>
internal struct ClassLimit
{
    public int Tag;
    public long WidthMicros;
}

/// <summary>
/// The cases that compare one tag with literals, of rules with one staleAfter, kept so that only those are visited in
/// which a comparison flips. Runs are in <c>ThresholdValues</c>/<c>ThresholdCases</c>, ordered by value.
/// </summary>
internal struct ClassChannel
{
    public long StaleAfterMicros;

    /// <summary>Of `&gt;` and `&lt;=`: flip when low &lt;= constant &lt; high.</summary>
    public Run AtLow;

    /// <summary>Of `&gt;=` and `&lt;`: flip when low &lt; constant &lt;= high.</summary>
    public Run AtHigh;

    /// <summary>Of `==`, `!=` and `in`: number constants.</summary>
    public Run EqualNumbers;

    /// <summary>Of `==`, `!=` and `in`: symbols, as their indexes.</summary>
    public Run EqualSymbols;

    /// <summary>All cases of the channel, for a change of kind, or between true and false (in <c>CaseLists</c>).</summary>
    public Run Cases;
}
