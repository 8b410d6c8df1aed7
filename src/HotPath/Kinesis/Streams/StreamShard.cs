using System.Text;

namespace HotPath.Kinesis.Streams;

/// <summary>One shard of a stream, open or closed. Immutable; closing one makes another.</summary>
internal sealed record StreamShard
{
    /// <summary>Characters of a shard's id: <c>shardId-</c> and 12 digits.</summary>
    public const int IdChars = 20;

    public required int Index { get; init; }

    public required HashKeyRange HashKeys { get; init; }

    public required long CreatedSeconds { get; init; }

    /// <summary>In <c>NameTables.Sources</c>: of readings that name no source themselves.</summary>
    public required int SourceIndex { get; init; }

    public int? ParentIndex { get; init; }

    public int? AdjacentParentIndex { get; init; }

    /// <summary>When it was closed; null = open.</summary>
    public long? ClosedSeconds { get; init; }

    /// <summary>Rows of the ledger belong to this shard from here on: what came before is its parents'.</summary>
    public long LsnFirst { get; init; }

    /// <summary>Nothing behind it belongs to this shard; of an open one there is no end.</summary>
    public long LsnLast { get; init; } = long.MaxValue;

    public bool IsOpen => ClosedSeconds is null;

    public string Id => IdOf(Index);

    public SequenceNumber StartingSequenceNumber => new(CreatedSeconds, Index, 0, CreatedSeconds);

    public SequenceNumber? EndingSequenceNumber =>
        ClosedSeconds is { } closed ? new(CreatedSeconds, Index, SequenceNumber.LsnMax, closed) : null;

    /// <summary>The time in the number of a record: a child is dated a second after its parents, and its records not before it.</summary>
    public long RecordedSeconds(long nowSeconds) => Math.Max(nowSeconds, CreatedSeconds);

    public static string IdOf(int index) => $"shardId-{index:D12}";

    public static byte[] IdUtf8(int index) => Encoding.ASCII.GetBytes(IdOf(index));

    /// <summary>Reads a shard's id; like the service, also one without its word or its zeros.</summary>
    public static bool TryParseId(string text, out int index)
    {
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        var digits = text.AsSpan(dash + 1);
        index = -1;
        return !digits.IsEmpty
            && !digits.ContainsAnyExceptInRange('0', '9')
            && int.TryParse(digits, out index);
    }
}
