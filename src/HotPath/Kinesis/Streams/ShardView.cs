namespace HotPath.Kinesis.Streams;

/// <summary>A shard as it was when somebody looked, with the shards that have taken over from it.</summary>
internal sealed record ShardView(string StreamName, StreamRole Role, StreamShard Shard, IReadOnlyList<StreamShard> Children);
