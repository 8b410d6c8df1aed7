using System.Globalization;
using HotPath.Delta;
using HotPath.Delta.Columns;
using HotPath.Delta.Log;
using HotPath.Delta.Storage;

// A writer of its own process, for tests that need several or kill one. The table has one column, n long.
//   append LOCATION FIRST COUNT APP [ENDPOINT]   COUNT commits of one row each, FIRST, FIRST + 1, ...; prints the sum of attempts
//   compact LOCATION [ENDPOINT]                  merges and checkpoints until standard input ends; prints the files removed
//   merge LOCATION ROWS COLUMN,...               one merge, sorted by columns, at most ROWS rows at once; prints the files removed, and the bytes allocated
//   once LOCATION N APP VERSION                  one append between two calls of stat(2) on the markers; prints its outcome
return args switch
{
    ["append", var location, var first, var count, var app, .. var rest] =>
        await AppendAsync(location, Number(first), Number(count), app, rest),
    ["compact", var location, .. var rest] => await CompactAsync(location, rest),
    ["merge", var location, var rows, var columns] => await MergeAsync(location, Number(rows), columns.Split(',')),
    ["once", var location, var n, var app, var version] => await OnceAsync(location, Number(n), app, Number(version)),
    _ => 2,
};

static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

static DeltaTableOptions Options(string[] endpoint) => new()
{
    CommitAttemptsMax = 10_000,
    S3 = endpoint.Length == 0
        ? null
        : new S3StoreOptions { Endpoint = endpoint[0], AccessKeyId = "key", SecretAccessKey = "secret" },
};

static ColumnBatch Row(long n) => new([ColumnVector.Longs(new[] { n })], 1);

static async Task<int> AppendAsync(string location, long first, long count, string app, string[] endpoint)
{
    var unknown = 0;
    using var table = await DeltaTable.OpenAsync(location, Options(endpoint));
    for (var version = 1L; version <= count; version++)
    {
        var outcome = default(AppendOutcome?);
        while (outcome is null)
        {
            try
            {
                var options = new AppendOptions { Txns = [new Txn(app, version)] };
                outcome = (await table.AppendAsync(Row(first + version - 1), options)).Outcome;
            }
            catch (CommitUnknownException)
            {
                // The same rows again: the table knows whether it has them.
                unknown++;
            }
        }

        if (outcome is not (AppendOutcome.Committed or AppendOutcome.AlreadyCommitted))
        {
            await Console.Error.WriteLineAsync($"{app} {version}: {outcome}");
            return 1;
        }
    }

    Console.WriteLine(unknown);
    return 0;
}

static async Task<int> CompactAsync(string location, string[] endpoint)
{
    var removed = 0;
    var stop = Task.Run(Console.In.ReadToEnd);
    using var table = await DeltaTable.OpenAsync(location, Options(endpoint));
    while (!stop.IsCompleted)
    {
        removed += (await table.OptimizeAsync(new OptimizeOptions { FilesMin = 8 })).FilesRemoved;
        await table.CheckpointAsync();
    }

    Console.WriteLine(removed);
    return 0;
}

static async Task<int> MergeAsync(string location, long rows, string[] columns)
{
    using var table = await DeltaTable.OpenAsync(location);
    var before = GC.GetTotalAllocatedBytes(precise: true);
    var result = await table.OptimizeAsync(new OptimizeOptions { SortBy = columns, RowsMax = rows });
    Console.WriteLine($"{result.FilesRemoved}\n{GC.GetTotalAllocatedBytes(precise: true) - before}");
    return 0;
}

static async Task<int> OnceAsync(string location, long n, string app, long version)
{
    using var table = await DeltaTable.OpenAsync(location);
    _ = File.Exists("/hotpath-commit-begins");
    var result = await table.AppendAsync(Row(n), new AppendOptions { Txns = [new Txn(app, version)] });
    _ = File.Exists("/hotpath-commit-ended");
    Console.WriteLine(result.Outcome);
    return 0;
}
