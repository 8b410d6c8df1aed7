using HotPath.Delta.Log;
using HotPath.Delta.Storage;

namespace HotPath.Delta;

/// <summary>One commit in the history of a table.</summary>
/// <param name="Version">The version that the commit made.</param>
/// <param name="Time">When, by the commit itself or, where it does not say, by its file.</param>
/// <param name="Operation">Such as WRITE or OPTIMIZE; null where the engine did not say.</param>
/// <param name="FilesAdded">Data files that came with it.</param>
/// <param name="FilesRemoved">Data files that went with it.</param>
/// <param name="CommitInfoJson">All that the commit says about itself, a JSON object.</param>
public sealed record TableVersion(
    long Version,
    DateTimeOffset Time,
    string? Operation,
    int FilesAdded,
    int FilesRemoved,
    string CommitInfoJson)
{
    internal static TableVersion Of(long version, StoredFile file, ActionSet actions)
    {
        var millis = actions.CommitInfo?.InCommitTimestampMillis
            ?? actions.CommitInfo?.TimestampMillis
            ?? file.ModifiedMillis;
        return new TableVersion(
            version,
            DateTimeOffset.FromUnixTimeMilliseconds(millis),
            actions.CommitInfo?.Operation,
            actions.Adds.Count,
            actions.Removes.Count,
            actions.CommitInfo?.Json ?? "{}");
    }
}
