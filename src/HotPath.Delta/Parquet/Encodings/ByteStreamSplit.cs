using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace HotPath.Delta.Parquet.Encodings;

/// <summary>BYTE_STREAM_SPLIT: byte 0 of all values, then byte 1 of all values, and so on.</summary>
internal static class ByteStreamSplit
{
    public static void Encode(ReadOnlySpan<double> values, GrowingBuffer output)
    {
        var bytes = values.Length * sizeof(double);
        var room = output.Reserve(bytes)[..bytes];
        var words = MemoryMarshal.Cast<double, ulong>(values);
        var i = 0;
        for (; i + 64 <= words.Length; i += 64)
        {
            Split64(words.Slice(i, 64), room[i..], words.Length);
        }

        Split(MemoryMarshal.AsBytes(values), sizeof(double), i, room);
        output.Advance(bytes);
    }

    public static void Encode(ReadOnlySpan<float> values, GrowingBuffer output)
    {
        var bytes = values.Length * sizeof(float);
        var room = output.Reserve(bytes)[..bytes];
        Split(MemoryMarshal.AsBytes(values), sizeof(float), 0, room);
        output.Advance(bytes);
    }

    /// <summary>Puts the bytes of each value together again.</summary>
    public static void Decode(ReadOnlySpan<byte> streams, int width, Span<byte> values)
    {
        var count = values.Length / width;
        for (var plane = 0; plane < width; plane++)
        {
            var stream = streams.Slice(plane * count, count);
            for (int i = 0, at = plane; i < stream.Length; i++, at += width)
            {
                values[at] = stream[i];
            }
        }
    }

    // 64 values are 8 vectors; of each plane every vector gives one byte per value, narrowed to one vector of 64 bytes.
    private static void Split64(ReadOnlySpan<ulong> words, Span<byte> room, int stride)
    {
        var v0 = Vector512.Create(words);
        var v1 = Vector512.Create(words[8..]);
        var v2 = Vector512.Create(words[16..]);
        var v3 = Vector512.Create(words[24..]);
        var v4 = Vector512.Create(words[32..]);
        var v5 = Vector512.Create(words[40..]);
        var v6 = Vector512.Create(words[48..]);
        var v7 = Vector512.Create(words[56..]);
        for (var plane = 0; plane < sizeof(double); plane++)
        {
            var low = Vector512.Narrow(Vector512.Narrow(v0, v1), Vector512.Narrow(v2, v3));
            var high = Vector512.Narrow(Vector512.Narrow(v4, v5), Vector512.Narrow(v6, v7));
            Vector512.Narrow(low, high).CopyTo(room[(plane * stride)..]);
            v0 >>>= 8;
            v1 >>>= 8;
            v2 >>>= 8;
            v3 >>>= 8;
            v4 >>>= 8;
            v5 >>>= 8;
            v6 >>>= 8;
            v7 >>>= 8;
        }
    }

    private static void Split(ReadOnlySpan<byte> values, int width, int from, Span<byte> streams)
    {
        var count = values.Length / width;
        for (var plane = 0; plane < width; plane++)
        {
            for (var i = from; i < count; i++)
            {
                streams[plane * count + i] = values[i * width + plane];
            }
        }
    }
}
