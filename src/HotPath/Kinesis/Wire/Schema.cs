namespace HotPath.Kinesis.Wire;

/// <summary>What a member of a request must be. The words are those of the service's model.</summary>
internal sealed record Member(string Name, MemberType Type)
{
    public bool NotNull { get; init; }

    public int? LengthMin { get; init; }

    public int? LengthMax { get; init; }

    public int? ValueMin { get; init; }

    public int? ValueMax { get; init; }

    /// <summary>The expression in messages, and the code that stands for it.</summary>
    public (string Text, TextPredicate Matches)? Pattern { get; init; }

    public IReadOnlyList<string>? OneOf { get; init; }

    /// <summary>Lengths of the items of a list, and of the keys and values of a map.</summary>
    public (int Min, int Max)? ItemLengths { get; init; }

    public (int Min, int Max)? ValueLengths { get; init; }

    /// <summary>How the service prints an item of this list in a message.</summary>
    public string? ItemText { get; init; }

    /// <summary>Members of a structure, or of the structures in a list.</summary>
    public IReadOnlyList<Member> Children { get; init; } = [];
}

internal delegate bool TextPredicate(ReadOnlySpan<char> text);

internal enum MemberType
{
    String,
    Integer,
    Boolean,
    Timestamp,
    Blob,
    ListOfString,
    ListOfStructure,
    MapOfString,
    Structure,
}
