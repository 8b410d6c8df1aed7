using HotPath.Delta.Parquet;
using HotPath.Delta.Parquet.Encodings;
using Xunit.Abstractions;

namespace HotPath.Delta.Tests.Parquet;

public sealed class DeltaBinaryTests(ITestOutputHelper output)
{
    [Fact]
    public void Numbers_with_deltas_of_every_width_read_back()
    {
        var random = Seeded.Random(output);
        for (var width = 0; width < 64; width++)
        {
            for (var round = 0; round < 10; round++)
            {
                var values = new long[random.Next(700)];
                var value = random.NextInt64();
                for (var i = 0; i < values.Length; i++)
                {
                    value += random.NextInt64() >>> (63 - width);
                    values[i] = value;
                }

                Assert.Equal(values, RoundTrip(values, is32Bits: false));
                var narrow = Array.ConvertAll(values, one => (long)(int)one);
                Assert.Equal(narrow, RoundTrip(narrow, is32Bits: true));
            }
        }
    }

    [Fact]
    public void Ends_of_the_range_read_back()
    {
        long[] wide = [long.MinValue, long.MaxValue, 0, long.MinValue, -1, long.MaxValue, long.MaxValue];
        long[] narrow = [int.MinValue, int.MaxValue, 0, int.MinValue, -1, int.MaxValue, int.MaxValue];

        Assert.Equal(wide, RoundTrip(wide, is32Bits: false));
        Assert.Equal(narrow, RoundTrip(narrow, is32Bits: true));
    }

    /// <summary>The examples of the format's specification.</summary>
    [Theory]
    [InlineData(new long[] { 1, 2, 3, 4, 5 }, "80010405020200000000")]
    [InlineData(new long[] { 7, 5, 3, 1, 2, 3, 4, 5 }, "8001" + "04" + "08" + "0e" + "03" + "02000000" + "c03f000000000000")]
    public void Blocks_have_the_bytes_of_the_specification(long[] values, string hex)
    {
        var buffer = new GrowingBuffer();

        DeltaBinaryEncoder.Encode(values, is32Bits: false, buffer);

        Assert.Equal(hex, Convert.ToHexStringLower(buffer.Written));
    }

    [Fact]
    public void Delta_of_32_bits_is_never_wider()
    {
        var buffer = new GrowingBuffer();

        DeltaBinaryEncoder.Encode([int.MaxValue, int.MinValue, int.MaxValue, 0], is32Bits: true, buffer);

        var widths = buffer.Written[^(4 + 4 * 32)..];
        Assert.InRange(widths[0], 1, 32);
    }

    private static long[] RoundTrip(long[] values, bool is32Bits)
    {
        var buffer = new GrowingBuffer();
        DeltaBinaryEncoder.Encode(values, is32Bits, buffer);
        var decoder = new DeltaBinaryDecoder(buffer.Written);
        var read = new long[decoder.Count];
        decoder.Read(read, is32Bits);
        Assert.Equal(buffer.Count, decoder.Position);
        return read;
    }
}
