namespace HotPath.Engine.Shard.Asking;

/// <summary>
/// Where a shard finds what it is asked: one question at a time, any cold thread asks, the shard's thread answers. It costs
/// the shard one read of a field a batch while nobody asks. Full with one question: then asking is refused.
/// </summary>
internal sealed class ShardQuestions
{
    private ShardQuestion? _asked;

    /// <summary>The question under way; null = none.</summary>
    public ShardQuestion? Asked => Volatile.Read(ref _asked);

    /// <summary>False: the shard has not answered the one before.</summary>
    public bool TryAsk(ShardQuestion question) => Interlocked.CompareExchange(ref _asked, question, null) is null;

    /// <summary>The shard thread: there is room for the next question before the asker hears of the answer.</summary>
    public void Close(ShardQuestion question)
    {
        Volatile.Write(ref _asked, null);
        question.Close();
    }
}
