using HotPath.Delta.Log;

namespace HotPath.Delta.Tests.Log;

/// <summary>The conflict matrix: what we do down, what came first across.</summary>
public sealed class ConflictTests
{
    [Theory]
    [InlineData("append", "append", "Retry")]
    [InlineData("append", "optimize", "Retry")]
    [InlineData("append", "delete", "Retry")]
    [InlineData("append", "metadata", "Rebase")]
    [InlineData("append", "protocol", "Rebase")]
    [InlineData("append", "same app", "Fenced")]
    [InlineData("append", "other app", "Retry")]
    [InlineData("optimize", "append", "Retry")]
    [InlineData("optimize", "optimize", "Retry")]
    [InlineData("optimize", "optimize same file", "FileRemoved")]
    [InlineData("optimize", "delete same file", "FileRemoved")]
    [InlineData("optimize", "deletion vector on same file", "FileRemoved")]
    [InlineData("optimize", "delete", "Retry")]
    [InlineData("optimize", "metadata", "Rebase")]
    [InlineData("optimize", "protocol", "Rebase")]
    [InlineData("add column", "append", "Retry")]
    [InlineData("add column", "optimize", "Retry")]
    [InlineData("add column", "delete", "Rebase")]
    [InlineData("add column", "metadata", "Rebase")]
    [InlineData("add column", "protocol", "Rebase")]
    [InlineData("add column", "same app", "Fenced")]
    public void Ours_meets_what_came_first(string ours, string winner, string verdict) =>
        Assert.Equal(verdict, Conflict.Judge(Ours(ours), Winner(winner)).ToString());

    private static Transaction Ours(string what)
    {
        var transaction = new Transaction
        {
            Header = new CommitHeader { Operation = "WRITE", IsBlindAppend = true, EngineInfo = "test", TxnId = "1" },
            Txns = what == "optimize" ? [] : [new Txn("app", 7)],
            Metadata = what == "add column" ? Metadata() : null,
        };
        if (what == "optimize")
        {
            transaction.Removes.Add(new Remove { Path = "mine%20a.parquet", DataChange = false });
        }

        transaction.Adds.Add(new Add { Path = "new.parquet", Size = 1 });
        return transaction;
    }

    private static ActionSet Winner(string what)
    {
        var actions = new ActionSet();
        switch (what)
        {
            case "append":
                actions.Adds.Add(new Add { Path = "other.parquet", Size = 1 });
                break;
            case "optimize":
                actions.Removes.Add(new Remove { Path = "other.parquet", DataChange = false });
                actions.Adds.Add(new Add { Path = "merged.parquet", Size = 1, DataChange = false });
                break;
            case "optimize same file":
                actions.Removes.Add(new Remove { Path = "mine a.parquet", DataChange = false });
                break;
            case "delete":
                actions.Removes.Add(new Remove { Path = "other.parquet" });
                break;
            case "delete same file":
                actions.Removes.Add(new Remove { Path = "mine%20a.parquet" });
                break;
            case "deletion vector on same file":
                actions.Removes.Add(new Remove { Path = "mine%20a.parquet" });
                actions.Adds.Add(new Add
                {
                    Path = "mine%20a.parquet",
                    Size = 1,
                    DeletionVector = new DeletionVector("u", "ab^-aqEH.-t@S}K{vb[*k^", 4, 40, 6),
                });
                break;
            case "metadata":
                actions.Metadata = Metadata();
                break;
            case "protocol":
                actions.Protocol = Protocol.Default;
                break;
            case "same app":
                actions.Txns.Add(new Txn("app", 6));
                break;
            default:
                actions.Txns.Add(new Txn("another", 6));
                break;
        }

        return actions;
    }

    private static Metadata Metadata() => new() { Id = "id", SchemaString = """{"type":"struct","fields":[]}""" };
}
