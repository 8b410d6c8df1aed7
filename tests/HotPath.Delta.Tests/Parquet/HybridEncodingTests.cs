using HotPath.Delta.Parquet;
using HotPath.Delta.Parquet.Encodings;
using Xunit.Abstractions;

namespace HotPath.Delta.Tests.Parquet;

public sealed class HybridEncodingTests(ITestOutputHelper output)
{
    [Fact]
    public void Values_of_every_width_read_back()
    {
        var random = Seeded.Random(output);
        for (var width = 1; width <= 32; width++)
        {
            for (var round = 0; round < 20; round++)
            {
                var values = Values(random, random.Next(3_000), width);
                var buffer = new GrowingBuffer();
                HybridEncoder.Encode(values, width, buffer);

                var read = new int[values.Length];
                new HybridDecoder(buffer.Written, width).Read(read);

                Assert.Equal(values, read);
            }
        }
    }

    [Fact]
    public void Bits_read_back()
    {
        var random = Seeded.Random(output);
        for (var round = 0; round < 200; round++)
        {
            var rows = 1 + random.Next(1_000);
            var words = new ulong[ValidityWords.CountFor(rows)];
            for (var i = 0; i < words.Length; i++)
            {
                words[i] = random.Next(3) switch { 0 => 0, 1 => ulong.MaxValue, _ => (ulong)random.NextInt64() };
            }

            words[^1] &= (rows & 63) == 0 ? ulong.MaxValue : (1UL << (rows & 63)) - 1;
            var buffer = new GrowingBuffer();
            HybridEncoder.EncodeBits(words, rows, buffer);

            var read = new int[rows];
            new HybridDecoder(buffer.Written, 1).Read(read);

            Assert.Equal(Enumerable.Range(0, rows).Select(row => (int)(words[row >> 6] >> (row & 63) & 1)), read);
        }
    }

    /// <summary>The example of the format's specification: the numbers 0 to 7 in 3 bits.</summary>
    [Fact]
    public void Packed_group_has_the_bytes_of_the_specification()
    {
        var buffer = new GrowingBuffer();

        HybridEncoder.Encode([0, 1, 2, 3, 4, 5, 6, 7], 3, buffer);

        Assert.Equal([0b0000_0011, 0b1000_1000, 0b1100_0110, 0b1111_1010], buffer.Written.ToArray());
    }

    [Fact]
    public void Equal_values_are_one_run()
    {
        var buffer = new GrowingBuffer();

        HybridEncoder.Encode(Enumerable.Repeat(300, 4_000).ToArray(), 9, buffer);

        Assert.Equal([0xC0, 0x3E, 0x2C, 0x01], buffer.Written.ToArray()); // varint(4000 << 1), 300 in two bytes
    }

    [Fact]
    public void Values_that_are_not_there_are_refused() =>
        Assert.Throws<ParquetFormatException>(() => new HybridDecoder([0x03, 0x00], 3).Read(new int[9]));

    private static int[] Values(Random random, int count, int width)
    {
        var values = new int[count];
        for (var i = 0; i < count;)
        {
            var value = (int)(uint)random.NextInt64(1L << width);
            var run = random.Next(4) == 0 ? random.Next(100) : 1;
            for (; run > 0 && i < count; run--)
            {
                values[i++] = value;
            }
        }

        return values;
    }
}
