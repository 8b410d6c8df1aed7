using System.Text.Json;
using HotPath.Delta.Log;

namespace HotPath.Delta;

/// <summary>Changes the properties of a table: its metadata anew, all else of it as it stands. Owned by one thread at a time.</summary>
internal static class TableSettings
{
    private static readonly string[] NeedFeatures =
    [
        "delta.enableInCommitTimestamps", "delta.enableDeletionVectors", "delta.columnMapping.mode", "delta.enableRowTracking",
        "delta.enableChangeDataFeed", "delta.enableTypeWidening", "delta.checkpointPolicy",
    ];

    public static async ValueTask<Snapshot> SetAsync(
        Snapshot snapshot,
        IReadOnlyDictionary<string, string?> properties,
        DeltaTableOptions options,
        Committer committer,
        CancellationToken cancellation)
    {
        Features.RequireWritable(snapshot.Protocol, snapshot.Metadata, snapshot.Schema);
        RequireSettable(properties);
        if (Changed(snapshot, properties) is not { } metadata)
        {
            return snapshot;
        }

        var transaction = new Transaction
        {
            Read = snapshot,
            Metadata = metadata,
            Header = new CommitHeader
            {
                Operation = "SET TBLPROPERTIES",
                Parameters = [new("properties", JsonSerializer.Serialize(properties))],
                IsBlindAppend = false,
                EngineInfo = options.EngineName,
                TxnId = Guid.NewGuid().ToString(),
            },
        };
        transaction.TryRebase = latest =>
        {
            // Made again upon whatever metadata the table has by now.
            transaction.Metadata = Changed(latest, properties) ?? latest.Metadata;
            return null;
        };
        return (await committer.CommitAsync(transaction, cancellation)).Snapshot;
    }

    // These switch on what the protocol must name first; what this library honours of them is decided when a table is created.
    private static void RequireSettable(IReadOnlyDictionary<string, string?> properties)
    {
        foreach (var key in properties.Keys)
        {
            if (NeedFeatures.Contains(key, StringComparer.OrdinalIgnoreCase)
                || key.StartsWith("delta.feature.", StringComparison.OrdinalIgnoreCase)
                || key.StartsWith("delta.constraints.", StringComparison.OrdinalIgnoreCase)
                || key is "delta.minReaderVersion" or "delta.minWriterVersion")
            {
                throw new DeltaException($"The property '{key}' changes the protocol of the table, which is not done here.");
            }
        }
    }

    /// <summary>The metadata with the properties; null where it has them.</summary>
    private static Metadata? Changed(Snapshot snapshot, IReadOnlyDictionary<string, string?> properties)
    {
        var configuration = snapshot.Metadata.Configuration.ToDictionary();
        foreach (var (key, value) in properties)
        {
            if (value is null)
            {
                configuration.Remove(key);
            }
            else
            {
                configuration[key] = value;
            }
        }

        var before = snapshot.Metadata.Configuration;
        var isSame = before.Count == configuration.Count
            && before.All(pair => configuration.TryGetValue(pair.Key, out var value) && value == pair.Value);
        return isSame ? null : snapshot.Metadata with { Configuration = configuration };
    }
}
