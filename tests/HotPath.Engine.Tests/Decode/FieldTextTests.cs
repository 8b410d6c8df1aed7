using System.Globalization;
using System.Runtime.Intrinsics;
using System.Text;
using HotPath.Engine.Decode;
using HotPath.TestKit;
using Xunit.Abstractions;

namespace HotPath.Engine.Tests.Decode;

public sealed unsafe class FieldTextTests(ITestOutputHelper output)
{
    [Fact]
    public void A_decimal_that_is_taken_is_what_double_Parse_reads_and_a_plain_one_is_taken()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var random = new Random(seed);
        for (var index = 0; index < 200_000; index++)
        {
            var digits = random.Next(1, 18);
            var text = random.NextInt64((long)Math.Pow(10, digits)).ToString(CultureInfo.InvariantCulture);
            var point = random.Next(text.Length + 1);
            text = point == 0 || random.Next(5) == 0 ? text : $"{text[..point]}.{text[point..]}";
            text = random.Next(3) == 0 ? "-" + text : text;
            if (random.Next(10) == 0)
            {
                text = text.Insert(random.Next(text.Length), ((char)random.Next(0x21, 0x7F)).ToString());
            }

            var isTaken = TryDecimal(text, out var value);

            Assert.True(!isTaken || BitConverter.DoubleToInt64Bits(double.Parse(text, CultureInfo.InvariantCulture)) == BitConverter.DoubleToInt64Bits(value), text);
            Assert.True(isTaken || !IsUsual(text), text);
        }
    }

    [Theory]
    [InlineData("0", 0UL)]
    [InlineData("7", 7UL)]
    [InlineData("999999999999999", 999_999_999_999_999UL)]
    [InlineData("1700000000123", 1_700_000_000_123UL)]
    public void A_count_of_up_to_15_digits_is_read(string text, ulong expected)
    {
        Assert.Equal((expected, true), Count(text, text.Length));
    }

    [Theory]
    [InlineData("1", 0)]
    [InlineData("1", -1)]
    [InlineData("1", -16)]
    [InlineData("01", 2)]
    [InlineData("00", 2)]
    [InlineData("-1", 2)]
    [InlineData("1a", 2)]
    [InlineData("1.0", 3)]
    [InlineData("1 ", 2)]
    [InlineData("1234567890123456", 16)]
    [InlineData("12345678901234567", 17)]
    [InlineData("1234567890123456789012345678901234", 33)]
    public void What_is_no_such_count_is_wrong(string text, int bytes)
    {
        Assert.False(Count(text, bytes).IsRight);
    }

    [Fact]
    public void Four_counts_side_by_side_are_what_each_is_alone()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var random = new Random(seed);
        for (var index = 0; index < 200_000; index++)
        {
            var texts = new string[4];
            for (var place = 0; place < texts.Length; place++)
            {
                texts[place] = random.Next(20) == 0 ? "" : random.NextInt64((long)Math.Pow(10, random.Next(1, 18))).ToString(CultureInfo.InvariantCulture);
                texts[place] = random.Next(20) == 0
                    ? texts[place].Insert(random.Next(texts[place].Length + 1), ((char)random.Next(0x20, 0x3C)).ToString())
                    : texts[place];
            }

            var (values, areRight) = FourCounts(texts);

            var alone = texts.Select(text => Count(text, text.Length)).ToArray();
            Assert.Equal(alone.All(one => one.IsRight), areRight);
            Assert.True(!areRight || alone.Select(one => one.Value).SequenceEqual(values), string.Join(' ', texts));
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(-16)]
    [InlineData(-1024)]
    [InlineData(16)]
    [InlineData(1024)]
    public void Counts_of_a_length_that_is_none_are_wrong(int length)
    {
        var bytes = Encoding.ASCII.GetBytes("1" + new string('7', 32));
        fixed (byte* at = bytes)
        {
            nint wrong = 0;
            FieldText.FourCounts(at, 1, at, 1, at, length, at, 1, ref wrong);
            Assert.NotEqual(0, wrong);
        }
    }

    [Fact]
    public void Digits_are_joined_one_by_one_as_by_vectors()
    {
        var digits = Vector128.Create((byte)1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6);

        for (var count = 0; count <= 15; count++)
        {
            var expected = count == 0 ? 0 : ulong.Parse("123456789012345"[..count], CultureInfo.InvariantCulture);
            Assert.Equal(expected, FieldText.JoinedOneByOne(digits, count));
            Assert.Equal(expected, FieldText.Joined(digits, count));
        }
    }

    private static bool IsUsual(string text)
    {
        var number = text.TrimStart('-');
        return number.Length <= 15 && text.Length - number.Length <= 1 && number[0] != '.' && number[^1] != '.'
            && number.Count(one => one == '.') <= 1 && number.All(one => one is '.' or (>= '0' and <= '9'))
            && (number[0] != '0' || number.Length == 1 || number[1] == '.');
    }

    private static bool TryDecimal(string text, out double value)
    {
        // Behind it stand digits that do not count.
        var bytes = Encoding.ASCII.GetBytes(text + new string('7', 32));
        fixed (byte* at = bytes)
        {
            return FieldText.TryDecimal(at, text.Length, out value);
        }
    }

    private static (ulong Value, bool IsRight) Count(string text, int length)
    {
        var bytes = Encoding.ASCII.GetBytes(text + new string('7', 32));
        fixed (byte* at = bytes)
        {
            nint wrong = 0;
            var value = FieldText.Count(at, length, ref wrong);
            return (value, wrong == 0);
        }
    }

    private static (ulong[] Values, bool AreRight) FourCounts(string[] texts)
    {
        // Behind each stand digits that do not count.
        var bytes = Encoding.ASCII.GetBytes(string.Concat(texts.Select(text => (text + new string('7', 32))[..32])) + new string('7', 32));
        fixed (byte* at = bytes)
        {
            nint wrong = 0;
            var counts = FieldText.FourCounts(
                at, texts[0].Length, at + 32, texts[1].Length, at + 64, texts[2].Length, at + 96, texts[3].Length, ref wrong);
            return ([counts[0], counts[2], counts[4], counts[6]], wrong == 0);
        }
    }
}
