using System.Globalization;
using System.Numerics;
using HotPath.Engine.Decode;
using HotPath.TestKit;
using Xunit.Abstractions;

namespace HotPath.Engine.Tests.Decode;

public sealed class DecimalFloatTests(ITestOutputHelper output)
{
    private const int Cases = 200_000;

    [Fact]
    public void Any_mantissa_and_exponent_become_the_double_that_Parse_reads()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var random = new Random(seed);
        for (var index = 0; index < Cases; index++)
        {
            var mantissa = (ulong)random.NextInt64() >> random.Next(63);
            AssertSame(mantissa, random.Next(-345, 312));
            AssertSame(mantissa, random.Next(-25, 25));
        }
    }

    [Fact]
    public void Shortest_digits_of_any_double_come_back_to_it()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var random = new Random(seed);
        for (var index = 0; index < Cases; index++)
        {
            var value = Math.Abs(BitConverter.Int64BitsToDouble(random.NextInt64()));
            if (double.IsFinite(value))
            {
                var (mantissa, exponent) = Parts(value.ToString("E16", CultureInfo.InvariantCulture));
                AssertSame(mantissa, exponent);
            }
        }
    }

    [Theory]
    [InlineData(9007199254740993, 0)]
    [InlineData(9007199254740995, 0)]
    [InlineData(90071992547409931, -1)]
    [InlineData(17976931348623157, 292)]
    [InlineData(17976931348623159, 292)]
    [InlineData(49406564584124654, -340)]
    [InlineData(24703282292062327, -340)]
    [InlineData(22250738585072014, -324)]
    [InlineData(22250738585072011, -324)]
    [InlineData(9223372036854775807, -19)]
    [InlineData(0, 400)]
    [InlineData(1, 400)]
    [InlineData(1, -400)]
    public void Halfway_numbers_and_the_ends_of_the_range_are_rounded_as_Parse_rounds_them(long mantissa, int exponent) =>
        AssertSame((ulong)mantissa, exponent);

    /// <summary>A number that lies between two doubles to the last of 19 digits.</summary>
    [Fact]
    public void Numbers_close_to_halfway_are_rounded_to_the_right_side()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var random = new Random(seed);
        for (var index = 0; index < Cases / 10; index++)
        {
            var bits = (random.NextInt64() & 0xF_FFFF_FFFF_FFFF) | ((long)random.Next(900, 1140) << 52);
            var halfway = ((BigInteger)(bits & 0xF_FFFF_FFFF_FFFF | 0x10_0000_0000_0000) * 2) + 1;
            var shift = (int)(bits >> 52) - 1076;
            var exponent = (int)Math.Floor(((shift + 53) * 0.30103) - 18);
            var digits = exponent < 0 ? BigInteger.Pow(10, -exponent) : BigInteger.One;
            var scaled = shift < 0 ? (halfway * digits) >> -shift : (halfway * digits) << shift;
            scaled /= exponent > 0 ? BigInteger.Pow(10, exponent) : BigInteger.One;
            if (scaled < ulong.MaxValue - 1)
            {
                AssertSame((ulong)scaled, exponent);
                AssertSame((ulong)scaled + 1, exponent);
            }
        }
    }

    private static (ulong Mantissa, int Exponent) Parts(string scientific)
    {
        var at = scientific.IndexOf('E', StringComparison.Ordinal);
        var digits = scientific[..at].Replace(".", "", StringComparison.Ordinal);
        return (ulong.Parse(digits, CultureInfo.InvariantCulture), int.Parse(scientific.AsSpan(at + 1), CultureInfo.InvariantCulture) - 16);
    }

    private static void AssertSame(ulong mantissa, int exponent)
    {
        if (!DecimalFloat.TryConvert(mantissa, exponent, out var actual))
        {
            return;
        }

        var text = string.Create(CultureInfo.InvariantCulture, $"{mantissa}e{exponent}");
        var expected = double.Parse(text, CultureInfo.InvariantCulture);
        Assert.True(BitConverter.DoubleToInt64Bits(expected) == BitConverter.DoubleToInt64Bits(actual), $"{text}: {expected:R}, not {actual:R}");
    }
}
