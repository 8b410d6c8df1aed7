using System.Globalization;
using System.Text.RegularExpressions;
using HotPath.Delta.Log;
using HotPath.Delta.Tests.Table;
using Xunit.Abstractions;

namespace HotPath.Delta.Tests.Campaigns;

/// <summary>
/// A writer is killed at every system call of a commit, one call after the other, by strace: the table stays readable, holds
/// the rows whole or not at all, and holds them once after the writer has come again.
/// </summary>
[Trait(Campaign.Trait, Campaign.Name)]
public sealed partial class CommitKillTests(ITestOutputHelper output) : IDisposable
{
    private const string Begins = "/hotpath-commit-begins";
    private const string Ended = "/hotpath-commit-ended";

    // Without it the compiler of the runtime makes hundreds of calls of its own, between which nothing of ours happens.
    private const string FewCalls = "DOTNET_EnableWriteXorExecute=0";

    private readonly TemporaryDirectory _directory = new();

    [StraceFact]
    public async Task A_writer_killed_at_any_system_call_of_a_commit_leaves_all_or_nothing()
    {
        var location = Path.Combine(_directory.Path, "table");
        (await DeltaTable.CreateAsync(location, SmallTable.Flat)).Dispose();
        var calls = await CallsOfACommitAsync(location);
        var wanted = Campaign.Count(6, calls.Count);
        var points = Enumerable.Range(0, wanted).Select(point => calls[point * calls.Count / wanted]).ToList();

        var (killed, stood) = (0, 0);
        for (var point = 0; point < points.Count; point++)
        {
            var (call, when) = points[point];
            var version = point + 2;
            using var process = WorkerProcess.StartProgram(
                "strace", "-f", "-q", "-o", "/dev/null", "-e", $"trace={call}", "-e", $"inject={call}:signal=KILL:when={when}",
                "-E", FewCalls, "dotnet", WorkerProcess.Program, "once", location, $"{version}", "app", $"{version}");
            var isKilled = (await process.EndAsync()).ExitCode != 0;

            var isThere = await ShouldHoldAsync(location, version, $"{call} {when}");
            killed += isKilled ? 1 : 0;
            stood += isKilled && isThere ? 1 : 0;
        }

        output.WriteLine(
            $"{calls.Count} system calls in a commit, killed at {killed} of {points.Count}; the commit stood after {stood} kills");
        output.WriteLine(string.Join(' ', points.Select(point => $"{point.Call}:{point.When}")));
        Assert.True(killed >= points.Count * 3 / 4, $"only {killed} of {points.Count} were killed");
    }

    /// <summary>
    /// Cause: a temporary name that could not be removed after its commit was linked counted as a failed commit, and its data
    /// files were deleted. Symptom: a table whose log names files that are not there.
    /// </summary>
    [StraceFact]
    public async Task A_writer_whose_disk_fails_at_any_call_of_a_commit_leaves_all_or_nothing()
    {
        string[] failing = ["link", "unlink", "fsync", "rename", "openat", "write", "pwrite64"];
        var location = Path.Combine(_directory.Path, "table");
        (await DeltaTable.CreateAsync(location, SmallTable.Flat)).Dispose();
        var calls = await CallsOfACommitAsync(location);
        var names = calls.Where(static call => call.Call is "link" or "unlink" or "fsync").ToList();
        var points = Campaign.Count(names.Count, calls.Count) == names.Count ? names : calls.Where(call => failing.Contains(call.Call)).ToList();

        var (failed, stood) = (0, 0);
        for (var point = 0; point < points.Count; point++)
        {
            var (call, when) = points[point];
            var version = point + 2;
            using var process = WorkerProcess.StartProgram(
                "strace", "-f", "-q", "-o", "/dev/null", "-e", $"trace={call}", "-e", $"inject={call}:error=EIO:when={when}",
                "-E", FewCalls, "dotnet", WorkerProcess.Program, "once", location, $"{version}", "app", $"{version}");
            var (code, _) = await process.EndAsync();

            var isThere = await ShouldHoldAsync(location, version, $"EIO of {call} {when}");
            Assert.True(code != 0 || isThere, $"EIO of {call} {when}: committed, it says, and the row is not there");
            failed += code != 0 ? 1 : 0;
            stood += code != 0 && isThere ? 1 : 0;
        }

        output.WriteLine($"{points.Count} calls failed, {failed} of them the commit; of these {stood} stood nevertheless");
        Assert.True(failed > 0, "no failure reached a commit");
    }

    public void Dispose() => _directory.Dispose();

    /// <summary>Opens the table as the kill left it, comes again with the same rows, and says whether they were there already.</summary>
    private static async Task<bool> ShouldHoldAsync(string location, int version, string point)
    {
        using var table = await DeltaTable.OpenAsync(location);
        var before = Numbers(await TableRows.ReadAsync(table));
        var isThere = before.Contains(version);
        Assert.True(before.SequenceEqual(Enumerable.Range(1, isThere ? version : version - 1)), $"{point}: {string.Join(',', before)}");

        var result = await table.AppendAsync(SmallTable.Numbers(version), new AppendOptions { Txns = [new Txn("app", version)] });
        var expected = isThere ? AppendOutcome.AlreadyCommitted : AppendOutcome.Committed;
        Assert.True(result.Outcome == expected, $"{point}: {result.Outcome}");
        var after = Numbers(await TableRows.ReadAsync(table));
        Assert.True(after.SequenceEqual(Enumerable.Range(1, version)), $"{point}: {string.Join(',', after)}");
        return isThere;
    }

    private static List<int> Numbers(string rows) =>
    [
        .. rows.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static row => int.Parse(row["{\"n\":".Length..^1], CultureInfo.InvariantCulture))
            .Order(),
    ];

    /// <summary>
    /// Each system call between the two marks with its number among the calls of its name on that thread, which is how strace
    /// counts. The commit of row 1 is made by this.
    /// </summary>
    private async Task<List<(string Call, int When)>> CallsOfACommitAsync(string location)
    {
        var trace = Path.Combine(_directory.Path, "trace");
        using var process = WorkerProcess.StartProgram(
            "strace", "-f", "-q", "-o", trace, "-E", FewCalls, "dotnet", WorkerProcess.Program, "once", location, "1", "app", "1");
        await process.OutputAsync();

        var counts = new Dictionary<string, int>();
        var calls = new List<(string, int)>();
        var isCommit = false;
        var thread = default(string);
        foreach (var line in File.ReadLines(trace))
        {
            if (TracedCall().Match(line) is not { Success: true } call)
            {
                continue;
            }

            thread ??= call.Groups["thread"].Value;
            if (call.Groups["thread"].Value != thread)
            {
                continue;
            }

            var name = call.Groups["name"].Value;
            counts[name] = counts.GetValueOrDefault(name) + 1;
            isCommit = (isCommit || line.Contains(Begins, StringComparison.Ordinal)) && !line.Contains(Ended, StringComparison.Ordinal);
            if (isCommit)
            {
                calls.Add((name, counts[name]));
            }
        }

        Assert.Contains(calls, static call => call.Item1 == "link");
        return calls;
    }

    [GeneratedRegex(@"^(?<thread>\d+) +(?<name>[a-z_0-9]+)\(")]
    private static partial Regex TracedCall();
}

/// <summary>A test that needs strace, and to be allowed to use it.</summary>
internal sealed class StraceFactAttribute : FactAttribute
{
    public StraceFactAttribute()
    {
        try
        {
            using var process = System.Diagnostics.Process.Start(
                new System.Diagnostics.ProcessStartInfo("strace", ["-q", "-o", "/dev/null", "true"]) { RedirectStandardError = true })!;
            process.WaitForExit();
            Skip = process.ExitCode == 0 ? null : "strace may not trace here";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Skip = "needs strace, which is not installed";
        }
    }
}
