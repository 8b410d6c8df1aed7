using HotPath.TestKit.Reference;

namespace HotPath.Engine.Tests.Shard;

/// <summary>The recorded cases of the design, each with every number of shards and every batching.</summary>
public sealed class RecordedCaseTests
{
    private static readonly (int Shards, int Batch)[] Ways =
        [(1, 1024), (1, 1), (1, 7), (2, 1024), (2, 1), (2, 7), (7, 1024), (7, 1), (7, 7)];

    [SharedFact]
    public void Every_vector_gives_its_rows_whatever_the_shards_and_batches()
    {
        var differences = new List<string>();
        foreach (var path in Directory.GetFiles(Path.Combine(SharedData.Directory!, "vectors"), "*.json").Order())
        {
            Compare(RecordedCase.ReadVector(path), Ways, differences);
        }

        Assert.True(differences.Count == 0, $"{differences.Count} differ:\n" + string.Join("\n", differences.Take(20)));
    }

    [SharedFact]
    public void Every_recording_gives_its_rows_whatever_the_shards_and_batches()
    {
        var differences = new List<string>();
        foreach (var (machine, unitMicros) in new[] { ("nab", 1_000L), ("okuma", 1L) })
        {
            var directory = Path.Combine(SharedData.Directory!, "real", machine);
            foreach (var expected in Directory.GetFiles(directory, "expected-*.ndjson").Order())
            {
                var recorded = RecordedCase.ReadRecording(directory, Path.GetFileName(expected), unitMicros);
                Compare(recorded, [(1, 1024), (2, 7), (7, 1)], differences);
            }
        }

        Assert.True(differences.Count == 0, string.Join("\n", differences.Take(20)));
    }

    /// <summary>
    /// By the door of production: decoded, journaled, through the ledger, with a restart in the middle. A service has no
    /// end of input, and a start mark counts, so the reference model says what must come (it gives all vectors).
    /// </summary>
    [SharedFact]
    public void Every_vector_gives_the_same_rows_by_the_door_of_production_and_a_restart()
    {
        var differences = new List<string>();
        foreach (var path in Directory.GetFiles(Path.Combine(SharedData.Directory!, "vectors"), "*.json").Order())
        {
            var vector = RecordedCase.ReadVector(path);
            foreach (var (shards, batch) in Ways)
            {
                var middle = (shards + batch) % 2 == 0 ? vector.Lines.Count / 2 : -1;
                var service = ServiceCase.Of(vector, index => index == middle);
                CompareService(service, ReferenceModel.Rows(service, hasEnd: false), shards, batch, differences);
            }
        }

        Assert.True(differences.Count == 0, string.Join("\n", differences.Take(20)));
    }

    [SharedFact]
    public void Every_recording_gives_the_same_rows_by_the_door_of_production_and_a_restart()
    {
        var differences = new List<string>();
        foreach (var (machine, unitMicros) in new[] { ("nab", 1_000L), ("okuma", 1L) })
        {
            var directory = Path.Combine(SharedData.Directory!, "real", machine);
            foreach (var expected in Directory.GetFiles(directory, "expected-*.ndjson").Order())
            {
                var recorded = RecordedCase.ReadRecording(directory, Path.GetFileName(expected), unitMicros);
                var service = ServiceCase.Of(recorded, index => index == recorded.Lines.Count / 2);
                var rows = EngineRun.Rows(service, 1, 1024, hasEnd: false);
                CompareService(service, rows, 2, 7, differences);
                CompareService(service, rows, 7, 200, differences);
            }
        }

        Assert.True(differences.Count == 0, string.Join("\n", differences.Take(20)));
    }

    private static void CompareService(
        RecordedCase service, IReadOnlyList<string> expectedWithSummary, int shards, int batch, List<string> differences)
    {
        var expected = expectedWithSummary.SkipLast(1).ToList();
        var rows = ServiceRun.Rows(service, shards, Math.Min(batch, 200));
        var at = rows.Zip(expected).TakeWhile(pair => pair.First == pair.Second).Count();
        if (at < rows.Count || at < expected.Count)
        {
            differences.Add($"{service.Name}, {shards} shards, {batch} lines at a time, row {at}: expected {expected.ElementAtOrDefault(at)}, came {rows.ElementAtOrDefault(at)}");
        }
    }

    private static void Compare(RecordedCase recorded, (int Shards, int Batch)[] ways, List<string> differences)
    {
        foreach (var (shards, batch) in ways)
        {
            var rows = EngineRun.Rows(recorded, shards, batch);
            var at = 0;
            while (at < rows.Count && at < recorded.Expected.Count && rows[at] == recorded.Expected[at])
            {
                at++;
            }

            if (at < rows.Count || at < recorded.Expected.Count)
            {
                differences.Add($"""
                    {recorded.Name}, {shards} shards, batches of {batch}, row {at} of {recorded.Expected.Count}:
                      expected {recorded.Expected.ElementAtOrDefault(at)}
                      came     {rows.ElementAtOrDefault(at)}
                    """);
                return;
            }
        }
    }
}
