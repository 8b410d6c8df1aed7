using System.Globalization;
using System.Text.Json;
using HotPath.Delta;
using HotPath.Engine.Rules;
using HotPath.Serve;

namespace HotPath;

/// <summary>
/// Every version of the rules that was ever in force: those that the ledger's records were made with from memory, older
/// ones from the table <c>rules</c>. Added to by one caller at a time; read by any thread.
/// </summary>
/// <param name="catalog">Those in memory.</param>
/// <param name="tables">Where the tables are.</param>
/// <param name="options">How they are reached.</param>
internal sealed class RuleVersions(RuleCatalog catalog, string tables, DeltaTableOptions options)
{
    private readonly Lock _adding = new();
    private readonly SortedList<long, RuleVersionView> _known = [];

    public void Add(in RuleChange change)
    {
        Engine.Invariant.Holds(catalog.TryGet(change.Version, out var compiled), "a version in force is in the catalog");
        lock (_adding)
        {
            _known[change.Version] = new RuleVersionView(
                change.Version, change.AppliedAtMicros, RuleBook.Sha256Of(compiled.Document.Text), Document: null);
        }
    }

    public async Task<IReadOnlyList<RuleVersionView>> ListAsync(long before, int limit, CancellationToken cancellation)
    {
        List<RuleVersionView> listed;
        long oldestKnown;
        lock (_adding)
        {
            oldestKnown = _known.Count > 0 ? _known.Keys[0] : long.MaxValue;
            listed = [.. _known.Values.Reverse().Where(version => version.Version < before).Take(limit)];
        }

        // Versions count from 1 without a gap, so it is known whether there are older ones.
        if (listed.Count < limit && oldestKnown is > 1 and < long.MaxValue)
        {
            var older = new SortedDictionary<long, RuleVersionView>();
            await foreach (var row in RowsAsync(["version", "applied_at", "sha256"], cancellation))
            {
                if (row.Version < Math.Min(oldestKnown, before))
                {
                    older[row.Version] = row;
                }
            }

            listed.AddRange(older.Values.Reverse().Take(limit - listed.Count));
        }

        return listed;
    }

    public async Task<RuleVersionView?> FindAsync(long version, CancellationToken cancellation)
    {
        lock (_adding)
        {
            var isKnown = _known.TryGetValue(version, out var known);
            if (isKnown && catalog.TryGet(version, out var compiled))
            {
                return known! with { Document = compiled.Document.Text };
            }

            // The engine forgets what no record that is kept was made with: its text stands in the table only.
            if (!isKnown && (_known.Count == 0 || version > _known.Keys[0] || version < 1))
            {
                return null;
            }
        }

        await foreach (var row in RowsAsync(["version", "applied_at", "sha256", "document"], cancellation))
        {
            if (row.Version == version)
            {
                return row;
            }
        }

        return null;
    }

    private async IAsyncEnumerable<RuleVersionView> RowsAsync(
        string[] columns, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var row in TableJsonRows.ReadAsync($"{tables.TrimEnd('/')}/rules", options, columns, cancellation))
        {
            yield return new RuleVersionView(
                row.GetProperty("version").GetInt64(),
                MicrosOf(row.GetProperty("applied_at")),
                row.GetProperty("sha256").GetString()!,
                row.TryGetProperty("document", out var document) ? document.GetString() : null);
        }
    }

    private static long MicrosOf(JsonElement time) => Serve.Http.QueryReader.Micros(
        DateTimeOffset.Parse(time.GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal));
}
