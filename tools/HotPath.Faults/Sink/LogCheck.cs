using System.Text.Json;
using HotPath.Delta.Storage;

namespace HotPath.Faults.Sink;

/// <summary>
/// The logs of all tables, read as they lie there and not by the library's reader: no version missing, none of our
/// transactions twice or backwards, and every file that a table names is there. Findings are sentences. Cold.
/// </summary>
internal sealed class LogCheck
{
    private readonly string _table;
    private readonly ITableStore _store;
    private readonly HashSet<string> _named = [];
    private readonly Dictionary<string, long> _transactions = [];

    private LogCheck(string table, ITableStore store) => (_table, _store) = (table, store);

    public static IReadOnlyList<string> Tables { get; } =
        ["equipment", "tags", "sources", "rules", "readings", "transitions", "downtimes", "rejected"];

    public List<string> Findings { get; } = [];

    public long Commits { get; private set; }

    /// <summary>Data files that no commit names: left behind where nobody knew whether one would.</summary>
    public long Orphans { get; private set; }

    public static async Task<IReadOnlyList<LogCheck>> AllAsync(string location)
    {
        var checks = new List<LogCheck>();
        foreach (var table in Tables)
        {
            var store = StoreOf($"{location.TrimEnd('/')}/{table}");
            var check = new LogCheck(table, store);
            await check.RunAsync();
            (store as IDisposable)?.Dispose();
            checks.Add(check);
        }

        return checks;
    }

    private static ITableStore StoreOf(string location)
    {
        const string Scheme = "s3://";
        if (!location.StartsWith(Scheme, StringComparison.Ordinal))
        {
            return new LocalStore(location);
        }

        var (bucket, prefix) = (location[Scheme.Length..].Split('/', 2)[0], location[Scheme.Length..].Split('/', 2)[1]);
        return new S3Store(bucket, prefix);
    }

    private async Task RunAsync()
    {
        var files = new HashSet<string>();
        var commits = new List<string>();
        await foreach (var file in _store.ListAsync("", null, recursive: true, CancellationToken.None))
        {
            if (file.Path.EndsWith(".parquet", StringComparison.Ordinal) && !IsOfLog(file.Path))
            {
                files.Add(file.Path);
            }
            else if (IsCommit(file.Path))
            {
                commits.Add(file.Path);
            }
        }

        commits.Sort(StringComparer.Ordinal);
        for (var version = 0; version < commits.Count; version++)
        {
            if (Path.GetFileNameWithoutExtension(commits[version]) != $"{version:D20}")
            {
                Findings.Add($"{_table}: {commits[version]} stands where version {version} should");
                return;
            }

            Take(version, (await _store.TryReadAsync(commits[version], CancellationToken.None))!);
        }

        Commits = commits.Count;
        Orphans = files.Except(_named).Count();
        var gone = _named.Except(files).ToList();
        if (gone.Count > 0)
        {
            Findings.Add($"{_table}: {gone.Count} files are named by the log and not there, {gone[0]} first");
        }
    }

    private static bool IsOfLog(string path) => path.StartsWith("_delta_log/", StringComparison.Ordinal);

    private static bool IsCommit(string path) => IsOfLog(path)
        && path.EndsWith(".json", StringComparison.Ordinal)
        && Path.GetFileNameWithoutExtension(path) is { Length: 20 } name
        && name.All(char.IsAsciiDigit);

    private void Take(long version, byte[] commit)
    {
        foreach (var line in System.Text.Encoding.UTF8.GetString(commit).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var action = JsonSerializer.Deserialize<JsonElement>(line);
            if (action.TryGetProperty("add", out var add))
            {
                var path = Uri.UnescapeDataString(add.GetProperty("path").GetString()!);
                if (!_named.Add(path))
                {
                    Findings.Add($"{_table}: version {version} adds {path} a second time");
                }
            }
            else if (action.TryGetProperty("remove", out var remove))
            {
                _named.Remove(Uri.UnescapeDataString(remove.GetProperty("path").GetString()!));
            }
            else if (action.TryGetProperty("txn", out var txn))
            {
                Take(version, txn.GetProperty("appId").GetString()!, txn.GetProperty("version").GetInt64());
            }
        }
    }

    private void Take(long version, string application, long transaction)
    {
        if (_transactions.TryGetValue(application, out var before) && transaction <= before)
        {
            Findings.Add($"{_table}: version {version} holds transaction {transaction} after {before}");
        }

        _transactions[application] = transaction;
    }
}
