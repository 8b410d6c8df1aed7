using System.Diagnostics;
using System.Text.Json;
using HotPath.Cli;
using HotPath.Delta;
using HotPath.Delta.Columns;

namespace HotPath.Tests.Cli;

public sealed class TableCommandTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("hotpath-table-").FullName;

    [Theory]
    [InlineData(0, "show", "{0}", "--json")]
    [InlineData(0, "show", "{0}", "--version", "0")]
    [InlineData(0, "read", "{0}", "--columns", "n")]
    [InlineData(0, "history", "{0}")]
    [InlineData(0, "checkpoint", "{0}", "--json")]
    [InlineData(0, "optimize", "{0}", "--sort-by", "n")]
    [InlineData(0, "vacuum", "{0}", "--dry-run")]
    [InlineData(1, "show", "{0}/absent")]
    [InlineData(1, "show", "{0}", "--version", "9")]
    [InlineData(1, "read", "{0}", "--columns", "absent")]
    [InlineData(1, "vacuum", "{0}", "--retain-hours", "0")]
    public async Task A_command_says_by_its_exit_code_whether_it_was_done(int exitCode, params string[] arguments)
    {
        await CreateAsync();

        var parsed = TableCommand.Create().Parse([.. arguments.Select(
            argument => argument.Replace("{0}", _directory, StringComparison.Ordinal))]);

        Assert.Empty(parsed.Errors);
        Assert.Equal(exitCode, await parsed.InvokeAsync());
    }

    [Theory]
    [InlineData("{\"n\":1}\n{\"n\":2}\n", "read", "{0}")]
    [InlineData("{\"n\":1}\n{\"n\":2}\n", "read", "{0}", "--json")]
    [InlineData("", "read", "{0}", "--version", "0")]
    [InlineData("version       1\n", "checkpoint", "{0}")]
    [InlineData("{\"version\":1}\n", "checkpoint", "{0}", "--json")]
    [InlineData(
        "{\"version\":1,\"filesRemoved\":0,\"filesAdded\":0,\"bytesRemoved\":0,\"bytesAdded\":0,\"binsLost\":0}\n",
        "optimize", "{0}", "--json")]
    [InlineData("{\"dryRun\":true,\"files\":0,\"bytes\":0,\"paths\":[]}\n", "vacuum", "{0}", "--dry-run", "--json")]
    [InlineData("", "vacuum", "{0}")]
    public async Task Standard_output_is_the_data_and_nothing_else(string expected, params string[] arguments)
    {
        await CreateAsync();

        var (exitCode, output) = await RunAsync(arguments);

        Assert.Equal(0, exitCode);
        Assert.Equal(expected, output);
    }

    [Fact]
    public async Task What_a_table_is_and_was_stands_in_json()
    {
        await CreateAsync();

        var (_, shown) = await RunAsync("show", "{0}", "--json");
        var (_, history) = await RunAsync("history", "{0}", "--json");
        using var facts = JsonDocument.Parse(shown);
        var versions = history.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();

        Assert.Equal(1, facts.RootElement.GetProperty("version").GetInt64());
        Assert.Equal(2, facts.RootElement.GetProperty("rows").GetInt64());
        Assert.Equal(1, facts.RootElement.GetProperty("files").GetInt32());
        Assert.Equal(_directory, facts.RootElement.GetProperty("location").GetString());
        Assert.Equal((1, 2), (facts.RootElement.GetProperty("minReaderVersion").GetInt32(), facts.RootElement.GetProperty("minWriterVersion").GetInt32()));
        Assert.Equal("n", facts.RootElement.GetProperty("schema").GetProperty("fields")[0].GetProperty("name").GetString());
        Assert.Equal(["WRITE", "CREATE TABLE"], versions.Select(version => version.GetProperty("operation").GetString()!));
        Assert.Equal([1L, 0L], versions.Select(version => version.GetProperty("version").GetInt64()));
    }

    [Fact]
    public async Task A_table_shown_as_text_says_the_same()
    {
        await CreateAsync();

        var (_, shown) = await RunAsync("show", "{0}");
        var (_, history) = await RunAsync("history", "{0}");

        Assert.Contains("reader 1, writer 2", shown, StringComparison.Ordinal);
        Assert.Matches("(?m)^rows +2$", shown);
        Assert.Matches("(?m)^ +1  .*WRITE +\\+1 -0 files$", history);
    }

    private async Task CreateAsync()
    {
        using var table = await DeltaTable.CreateAsync(
            _directory, new TableDefinition { Schema = TableSchema.Of(new Column("n", ColumnType.Long)) });
        await table.AppendAsync(new ColumnBatch([ColumnVector.Longs(new long[] { 1, 2 })], 2));
    }

    /// <summary>As a process of its own: what it prints is its own, whatever other tests print.</summary>
    private async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "hotpath.dll");
        var start = new ProcessStartInfo(
            "dotnet", [program, "table", .. arguments.Select(argument => argument.Replace("{0}", _directory, StringComparison.Ordinal))])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        await errors;
        return (process.ExitCode, output);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
