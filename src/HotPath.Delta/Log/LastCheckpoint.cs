using System.Buffers;
using System.Text.Json;
using HotPath.Delta.Storage;

namespace HotPath.Delta.Log;

/// <summary>
/// The hint where to begin reading a log. Missing, damaged or out of date it costs a longer listing and nothing else.
/// </summary>
internal sealed record LastCheckpoint(long Version)
{
    /// <summary>Actions in the checkpoint.</summary>
    public long Size { get; init; }

    public long? SizeInBytes { get; init; }

    public long? NumOfAddFiles { get; init; }

    public static async ValueTask<LastCheckpoint?> TryReadAsync(ITableStore store, CancellationToken cancellation)
    {
        var content = await store.TryReadAsync(LogNames.LastCheckpoint, cancellation);
        return content is null ? null : TryParse(content);
    }

    public static LastCheckpoint? TryParse(ReadOnlyMemory<byte> content)
    {
        try
        {
            using var document = JsonDocument.Parse(content);
            var root = document.RootElement;
            if (root.TextOrNull(JsonChecksum.Key) is { } checksum && checksum != JsonChecksum.Of(root))
            {
                return null;
            }

            return root.NumberOrNull("version") is { } version and >= 0
                ? new LastCheckpoint(version)
                {
                    Size = root.NumberOrNull("size") ?? 0,
                    SizeInBytes = root.NumberOrNull("sizeInBytes"),
                    NumOfAddFiles = root.NumberOrNull("numOfAddFiles"),
                }
                : null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    public ReadOnlyMemory<byte> ToJson()
    {
        using var unsigned = JsonDocument.Parse(Write(checksum: null));
        return Write(JsonChecksum.Of(unsigned.RootElement));
    }

    private ReadOnlyMemory<byte> Write(string? checksum)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("version", Version);
            json.WriteNumber("size", Size);
            if (SizeInBytes is { } bytes)
            {
                json.WriteNumber("sizeInBytes", bytes);
            }

            if (NumOfAddFiles is { } files)
            {
                json.WriteNumber("numOfAddFiles", files);
            }

            if (checksum is not null)
            {
                json.WriteString(JsonChecksum.Key, checksum);
            }

            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }
}
