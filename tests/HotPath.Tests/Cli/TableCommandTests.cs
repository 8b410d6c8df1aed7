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
        using var table = await DeltaTable.CreateAsync(
            _directory, new TableDefinition { Schema = TableSchema.Of(new Column("n", ColumnType.Long)) });
        await table.AppendAsync(new ColumnBatch([ColumnVector.Longs(new long[] { 1, 2 })], 2));

        var parsed = TableCommand.Create().Parse([.. arguments.Select(
            argument => argument.Replace("{0}", _directory, StringComparison.Ordinal))]);

        Assert.Empty(parsed.Errors);
        Assert.Equal(exitCode, await parsed.InvokeAsync());
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
