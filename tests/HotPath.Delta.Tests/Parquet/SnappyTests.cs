using System.Text;
using HotPath.Delta.Parquet.Compression;
using Xunit.Abstractions;

namespace HotPath.Delta.Tests.Parquet;

public sealed class SnappyTests(ITestOutputHelper output)
{
    [Fact]
    public void Blocks_of_any_compressibility_read_back()
    {
        var random = Seeded.Random(output);
        using var compressor = new SnappyCompressor();
        for (var round = 0; round < 400; round++)
        {
            var page = Page(random, random.Next(round % 10 == 0 ? 300_000 : 2_000));
            var block = new byte[compressor.BoundBytes(page.Length)];
            var bytes = compressor.Compress(page, block);

            var read = new byte[page.Length];
            Assert.True(SnappyDecoder.TryDecode(block.AsSpan(0, bytes), read));
            Assert.Equal(page, read);
        }
    }

    [Fact]
    public void Repetition_becomes_copies()
    {
        using var compressor = new SnappyCompressor();
        var page = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("plant-1/line-3/press ", 1_000)));
        var block = new byte[compressor.BoundBytes(page.Length)];

        Assert.InRange(compressor.Compress(page, block), 1, page.Length / 15);
    }

    /// <summary>Written by hand: "abcd", a copy of 4 from offset 4, then the literal "e".</summary>
    [Fact]
    public void Block_of_literals_and_copies_is_decoded()
    {
        byte[] block = [9, 3 << 2, (byte)'a', (byte)'b', (byte)'c', (byte)'d', 1, 4, 0, (byte)'e'];
        var read = new byte[9];

        Assert.True(SnappyDecoder.TryDecode(block, read));
        Assert.Equal("abcdabcde", Encoding.ASCII.GetString(read));
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 4, 3 << 2, 1, 2, 3 })] // a literal that ends early
    [InlineData(new byte[] { 4, 1, 1 })] // a copy from before the start
    [InlineData(new byte[] { 4, 0, 7, 1, 0 })] // a copy with offset 0
    [InlineData(new byte[] { 4, 0, 7, 63 << 2 | 2, 1, 0 })] // a copy past the end
    [InlineData(new byte[] { 5, 3 << 2, 1, 2, 3, 4 })] // fewer bytes than promised
    public void Unsound_blocks_are_refused(byte[] block) => Assert.False(SnappyDecoder.TryDecode(block, new byte[4]));

    private static byte[] Page(Random random, int bytes)
    {
        var page = new byte[bytes];
        random.NextBytes(page);
        for (var at = 0; at < bytes && bytes > 100;)
        {
            var length = Math.Min(random.Next(100), bytes - at);
            if (random.Next(3) > 0 && at > 0)
            {
                var from = random.Next(at);
                for (var i = 0; i < length; i++)
                {
                    page[at + i] = page[from + i];
                }
            }

            at += length + 1;
        }

        return page;
    }
}
