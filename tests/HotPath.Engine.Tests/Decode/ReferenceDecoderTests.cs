using System.Globalization;
using System.Text;
using HotPath.TestKit;
using HotPath.TestKit.Decode;
using Xunit.Abstractions;

namespace HotPath.Engine.Tests.Decode;

public sealed class ReferenceDecoderTests(ITestOutputHelper output)
{
    private static readonly int Cases =
        int.TryParse(Environment.GetEnvironmentVariable("HOTPATH_CASES"), CultureInfo.InvariantCulture, out var cases) ? cases : 20_000;

    [Fact]
    public void Sound_and_damaged_JSON_is_decoded_as_the_reference_does() => Compare(maker => maker.Json());

    [Fact]
    public void JSON_of_one_shape_is_decoded_as_the_reference_does() => Compare(maker => maker.UsualJson());

    [Fact]
    public void Sound_and_damaged_MessagePack_is_decoded_as_the_reference_does() => Compare(maker => maker.Pack());

    private void Compare(Func<RecordMaker, byte[]> make)
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed} HOTPATH_CASES={Cases}");
        var maker = new RecordMaker(new Random(seed));
        using var bench = new DecodeBench();
        for (var index = 0; index < Cases; index++)
        {
            var record = make(maker);
            if (record.Length > 0 && !IsJsonOrPack(record[0]))
            {
                // Of another encoding: it must not break anything.
                bench.Decode(record);
                continue;
            }

            var actual = bench.Decode(record);
            var expected = ReferenceDecoder.Decode(record).ConvertAll(reading => WithKeptFlags(reading, bench));
            if (!expected.SequenceEqual(actual))
            {
                Assert.Fail(
                    $"seed {seed}, case {index}: {Encoding.Latin1.GetString(record)}\n{Convert.ToHexString(record)}\nexpected\n"
                    + $"{string.Join('\n', expected)}\nactual\n{string.Join('\n', actual)}");
            }
        }
    }

    /// <summary>An installation keeps 16 names of flags; damage makes more of them.</summary>
    private static DecodedReading WithKeptFlags(DecodedReading reading, DecodeBench bench)
    {
        var flags = bench.Names.Flags;
        return flags.Count < EngineLimits.FlagCountMax || reading.Flags.Length == 0
            ? reading
            : reading with
            {
                Flags = string.Join(
                    DecodedReading.FlagSeparator, reading.Flags.Split(DecodedReading.FlagSeparator).Where(flag => flags.TryFind(Encoding.UTF8.GetBytes(flag), out _))),
            };
    }

    private static bool IsJsonOrPack(byte first) =>
        first is (byte)'{' or (byte)'[' or (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t' or (>= 0x80 and <= 0x9F)
            or (>= 0xDC and <= 0xDF);
}
