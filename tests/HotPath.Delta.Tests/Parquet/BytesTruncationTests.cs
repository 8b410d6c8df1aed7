using System.Text;
using HotPath.Delta.Parquet.Writing;
using Xunit.Abstractions;

namespace HotPath.Delta.Tests.Parquet;

public sealed class BytesTruncationTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("abcdefghij", "abcdefgh", "abcdefgi")]
    [InlineData("abcdefg\u007Fij", "abcdefg\u007F", "abcdefh")] // U+0080 would take a byte more
    [InlineData("abcdefgüij", "abcdefg", "abcdefh")] // never cut inside of a character
    [InlineData("abcdefüij", "abcdefü", "abcdefý")]
    [InlineData("abcde\uD7FFij", "abcde\uD7FF", "abcde\uE000")] // surrogates are no characters
    [InlineData("\U0010FFFF\U0010FFFFx", "\U0010FFFF\U0010FFFF", null)]
    [InlineData("a\U0010FFFFxyz12", "a\U0010FFFFxyz", "a\U0010FFFFxy{")]
    public void Text_is_cut_to_characters_and_its_largest_raised(string value, string min, string? max)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        var cut = new byte[8];

        Assert.Equal(min, Encoding.UTF8.GetString(bytes.AsSpan(0, BytesTruncation.Min(bytes, isText: true, 8))));
        var length = BytesTruncation.Max(bytes, isText: true, cut);
        Assert.Equal(max, length == 0 ? null : Encoding.UTF8.GetString(cut.AsSpan(0, length)));
    }

    [Theory]
    [InlineData("01020304", "0103")]
    [InlineData("01FF0304", "02")]
    [InlineData("FFFF0304", null)]
    public void Binary_is_cut_to_bytes_and_its_largest_raised(string hex, string? max)
    {
        var cut = new byte[2];

        var length = BytesTruncation.Max(Convert.FromHexString(hex), isText: false, cut);

        Assert.Equal(max, length == 0 ? null : Convert.ToHexString(cut.AsSpan(0, length)));
    }

    [Fact]
    public void Cut_bounds_stay_bounds()
    {
        var random = Seeded.Random(output);
        var cut = new byte[12];
        for (var i = 0; i < 20_000; i++)
        {
            var text = new StringBuilder();
            for (var n = 0; n < 12; n++)
            {
                text.Append(new Rune(random.Next(5) switch { 0 => 0x10FFFF, 1 => 0xD7FF, 2 => 0x7F, 3 => 0x7FF, _ => random.Next(0xD800) }));
            }

            var value = Encoding.UTF8.GetBytes(text.ToString());
            var min = BytesTruncation.Min(value, isText: true, cut.Length);
            Assert.True(value.AsSpan(0, min).SequenceCompareTo(value) <= 0);
            var max = BytesTruncation.Max(value, isText: true, cut);
            Assert.True(max == 0 || cut.AsSpan(0, max).SequenceCompareTo(value) > 0);
        }
    }
}
