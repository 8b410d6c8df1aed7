using System.Text;
using HotPath.Delta.Log;

namespace HotPath.Delta.Tests.Log;

public sealed class CommitBytesTests
{
    [Fact]
    public void A_commit_has_exactly_these_bytes()
    {
        using var writer = new ActionWriter();
        writer.Write(new CommitHeader
        {
            Operation = "WRITE",
            Parameters = [new("mode", "Append"), new("partitionBy", "[\"day\"]")],
            Metrics = [new("numFiles", "1")],
            Extras = [new("flush", "7")],
            IsBlindAppend = true,
            EngineInfo = "HotPath/0.1.0",
            TxnId = "5f6d8f5e-3c0e-4c5e-9a57-0a4c3b7f8d11",
            TimestampMillis = 1_700_000_000_000,
            ReadVersion = 3,
        });
        writer.Write(new Protocol(1, 2));
        writer.Write(new Protocol(3, 7, [], ["appendOnly"]));
        writer.Write(new Metadata
        {
            Id = "id",
            SchemaString = """{"type":"struct","fields":[]}""",
            PartitionColumns = ["day"],
            CreatedTime = 5,
        });
        writer.Write(new Txn("app/ü+1", 9, 11));
        writer.Write(new Remove
        {
            Path = "day=2026-11-20/old.parquet",
            DeletionTimestamp = 12,
            DataChange = false,
            ExtendedFileMetadata = true,
            PartitionValues = new Dictionary<string, string?> { ["day"] = "2026-11-20" },
            Size = 10,
        });
        writer.Write(new Add
        {
            Path = "day=__HIVE_DEFAULT_PARTITION__/a%20b.parquet",
            PartitionValues = new Dictionary<string, string?> { ["day"] = null },
            Size = 10,
            ModificationTime = 12,
            Stats = """{"numRecords":1}""",
        });

        Assert.Equal(
            """
            {"commitInfo":{"timestamp":1700000000000,"operation":"WRITE","operationParameters":{"mode":"Append","partitionBy":"[\"day\"]"},"readVersion":3,"isolationLevel":"Serializable","isBlindAppend":true,"operationMetrics":{"numFiles":"1"},"flush":"7","engineInfo":"HotPath/0.1.0","txnId":"5f6d8f5e-3c0e-4c5e-9a57-0a4c3b7f8d11"}}
            {"protocol":{"minReaderVersion":1,"minWriterVersion":2}}
            {"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":[],"writerFeatures":["appendOnly"]}}
            {"metaData":{"id":"id","format":{"provider":"parquet","options":{}},"schemaString":"{\"type\":\"struct\",\"fields\":[]}","partitionColumns":["day"],"configuration":{},"createdTime":5}}
            {"txn":{"appId":"app/ü+1","version":9,"lastUpdated":11}}
            {"remove":{"path":"day=2026-11-20/old.parquet","deletionTimestamp":12,"dataChange":false,"extendedFileMetadata":true,"partitionValues":{"day":"2026-11-20"},"size":10}}
            {"add":{"path":"day=__HIVE_DEFAULT_PARTITION__/a%20b.parquet","partitionValues":{"day":null},"size":10,"modificationTime":12,"dataChange":true,"stats":"{\"numRecords\":1}"}}

            """,
            Encoding.UTF8.GetString(writer.Written.Span));
    }

    [Fact]
    public void What_other_engines_write_is_read_with_tolerance()
    {
        var actions = ActionReader.Read(
            Encoding.UTF8.GetBytes(
                "\uFEFF{\"unknown\":{\"x\":1}}\r\n\r\n"
                + """{"add":{"path":"a","partitionValues":{"p":null},"size":"12","modificationTime":1.5E12,"dataChange":true,"stats":null,"new":[]}}"""
                + "\n"
                + """{"txn":{"appId":"a","version":9223372036854775807,"lastUpdated":null}}"""),
            "test");

        var add = Assert.Single(actions.Adds);
        Assert.Equal((12, 1_500_000_000_000, null), (add.Size, add.ModificationTime, add.Stats));
        Assert.Equal(long.MaxValue, Assert.Single(actions.Txns).Version);
    }

    [Theory]
    [InlineData("{\"add\":")]
    [InlineData("no JSON")]
    [InlineData("{\"add\":{\"size\":1}}")]
    [InlineData("[1]")]
    public void What_is_no_action_is_damage_and_is_said_with_its_line(string line)
    {
        var fault = Assert.Throws<DeltaException>(() => ActionReader.Read(Encoding.UTF8.GetBytes("{}\n" + line), "file"));

        Assert.Contains("Line 2 of 'file'", fault.Message, StringComparison.Ordinal);
    }
}
