using HotPath.Kinesis.Read;
using HotPath.Kinesis.Streams;

namespace HotPath.Kinesis.Http;

/// <summary>Which code carries out which call.</summary>
internal static class StreamOperationTable
{
    public static Dictionary<KinesisOperation, StreamOperation> Of(
        KinesisOptions options, StreamCatalog catalog, ReadOperations reads, ConsumerOperations consumers)
    {
        var read = new StreamOperations(options, catalog);
        var change = new StreamAdministration(options, catalog);
        var table = new Dictionary<KinesisOperation, StreamOperation>
        {
            [KinesisOperation.AddTagsToStream] = change.AddTags,
            [KinesisOperation.CreateStream] = change.CreateStream,
            [KinesisOperation.DecreaseStreamRetentionPeriod] = change.DecreaseRetention,
            [KinesisOperation.DeleteStream] = change.DeleteStream,
            [KinesisOperation.IncreaseStreamRetentionPeriod] = change.IncreaseRetention,
            [KinesisOperation.MergeShards] = change.MergeShards,
            [KinesisOperation.RemoveTagsFromStream] = change.RemoveTags,
            [KinesisOperation.SplitShard] = change.SplitShard,
            [KinesisOperation.UpdateMaxRecordSize] = change.UpdateMaxRecordSize,
            [KinesisOperation.UpdateShardCount] = change.UpdateShardCount,
            [KinesisOperation.UpdateStreamMode] = change.UpdateStreamMode,
        };
        if (!options.AllowAdministration)
        {
            foreach (var operation in table.Keys)
            {
                table[operation] = (_, _) => Refusal.AccessDenied(
                    $"User is not authorized to perform: kinesis:{operation}: kinesis.allowAdministration is not set.");
            }
        }

        table[KinesisOperation.DeregisterStreamConsumer] = consumers.Deregister;
        table[KinesisOperation.DescribeLimits] = read.DescribeLimits;
        table[KinesisOperation.DescribeStream] = read.DescribeStream;
        table[KinesisOperation.DescribeStreamSummary] = read.DescribeStreamSummary;
        table[KinesisOperation.DescribeStreamConsumer] = consumers.Describe;
        table[KinesisOperation.GetRecords] = reads.GetRecords;
        table[KinesisOperation.GetShardIterator] = reads.GetShardIterator;
        table[KinesisOperation.ListShards] = read.ListShards;
        table[KinesisOperation.ListStreamConsumers] = consumers.List;
        table[KinesisOperation.ListStreams] = read.ListStreams;
        table[KinesisOperation.ListTagsForStream] = read.ListTagsForStream;
        table[KinesisOperation.RegisterStreamConsumer] = consumers.Register;
        return table;
    }
}
