using System.Runtime.InteropServices;
using HotPath.Delta.Parquet;
using HotPath.Delta.Parquet.Encodings;
using Xunit.Abstractions;

namespace HotPath.Delta.Tests.Parquet;

public sealed class ByteStreamSplitTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(1_000)]
    public void Numbers_read_back(int count)
    {
        var random = Seeded.Random(output);
        var doubles = Enumerable.Range(0, count).Select(_ => random.NextDouble()).ToArray();
        var floats = Array.ConvertAll(doubles, value => (float)value);
        var (wide, narrow) = (new GrowingBuffer(), new GrowingBuffer());

        ByteStreamSplit.Encode(doubles, wide);
        ByteStreamSplit.Encode(floats, narrow);

        var (readDoubles, readFloats) = (new double[count], new float[count]);
        ByteStreamSplit.Decode(wide.Written, sizeof(double), MemoryMarshal.AsBytes(readDoubles.AsSpan()));
        ByteStreamSplit.Decode(narrow.Written, sizeof(float), MemoryMarshal.AsBytes(readFloats.AsSpan()));
        Assert.Equal(doubles, readDoubles);
        Assert.Equal(floats, readFloats);
    }

    /// <summary>The example of the format's specification: three floats, their bytes by position.</summary>
    [Fact]
    public void Bytes_stand_by_their_position()
    {
        var buffer = new GrowingBuffer();

        ByteStreamSplit.Encode(MemoryMarshal.Cast<byte, float>([0xAA, 0xBB, 0xCC, 0xDD, 0x00, 0x11, 0x22, 0x33, 0xA3, 0xB4, 0xC5, 0xD6]), buffer);

        Assert.Equal("AA00A3BB11B4CC22C5DD33D6", Convert.ToHexString(buffer.Written));
    }
}
