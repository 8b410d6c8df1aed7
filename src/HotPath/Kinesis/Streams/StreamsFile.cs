using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace HotPath.Kinesis.Streams;

/// <summary>
/// The streams that exist, as they are written down. Belongs to its catalog's lock. A file of another journal is not
/// read: the LSNs in it mean nothing here.
/// </summary>
internal sealed class StreamsFile
{
    private readonly string? _path;
    private readonly Guid _instance;
    private byte[] _written = [];

    public StreamsFile(string? path, Guid instance)
    {
        _path = path is null ? null : Path.GetFullPath(path);
        _instance = instance;
    }

    /// <exception cref="KinesisConfigurationException">The file cannot be read.</exception>
    public IReadOnlyList<WrittenStream> Read()
    {
        if (_path is null || !File.Exists(_path))
        {
            return [];
        }

        try
        {
            var bytes = File.ReadAllBytes(_path);
            var file = JsonSerializer.Deserialize(bytes, StreamsJson.Default.WrittenStreams);
            if (file is null || file.Instance != _instance)
            {
                return [];
            }

            _written = bytes;
            return file.Streams;
        }
        catch (Exception fault) when (fault is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new KinesisConfigurationException(
                $"The list of streams {_path} cannot be read: {fault.Message} Restore it, or remove it: then the configured " +
                "streams are made anew, and those made by CreateStream are gone.", fault);
        }
    }

    /// <summary>Writes them down if they differ from what stands there; durable when it returns.</summary>
    public void Write(IEnumerable<KinesisStream> streams)
    {
        if (_path is null)
        {
            return;
        }

        var kept = streams.Where(stream => stream.Status != StreamStatus.Deleting).Select(WrittenStream.Of);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(new WrittenStreams(_instance, [.. kept]), StreamsJson.Default.WrittenStreams);
        if (!bytes.AsSpan().SequenceEqual(_written))
        {
            WholeFile.Replace(Path.GetDirectoryName(_path)!, Path.GetFileName(_path), bytes);
            _written = bytes;
        }
    }
}

internal sealed record WrittenStreams(Guid Instance, IReadOnlyList<WrittenStream> Streams);

/// <param name="ShardCount">What it was made with, or configured with last.</param>
internal sealed record WrittenStream(
    string Name,
    StreamRole Role,
    long CreatedSeconds,
    int ShardCount,
    int RetentionHours,
    IReadOnlyDictionary<string, string> Tags,
    IReadOnlyList<StreamConsumer> Consumers,
    IReadOnlyList<WrittenShard> Shards,
    int? RecordBytesMax = null)
{
    public static WrittenStream Of(KinesisStream stream) => new(
        stream.Name,
        stream.Role,
        stream.CreatedSeconds,
        stream.ShardCountWanted,
        stream.RetentionHours,
        stream.Tags,
        [.. stream.Consumers.Values],
        [.. stream.Shards.Select(WrittenShard.Of)],
        stream.RecordBytesMax);
}

/// <summary>Hash keys are decimal text: they do not fit into a number of JSON.</summary>
internal sealed record WrittenShard(
    string StartKey,
    string EndKey,
    long CreatedSeconds,
    int? Parent,
    int? AdjacentParent,
    long? ClosedSeconds,
    long LsnFirst,
    long LsnLast)
{
    [JsonIgnore]
    public HashKeyRange HashKeys => new(
        UInt128.Parse(StartKey, CultureInfo.InvariantCulture), UInt128.Parse(EndKey, CultureInfo.InvariantCulture));

    public static WrittenShard Of(StreamShard shard) => new(
        shard.HashKeys.StartText,
        shard.HashKeys.EndText,
        shard.CreatedSeconds,
        shard.ParentIndex,
        shard.AdjacentParentIndex,
        shard.ClosedSeconds,
        shard.LsnFirst,
        shard.LsnLast);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(WrittenStreams))]
internal sealed partial class StreamsJson : JsonSerializerContext;
