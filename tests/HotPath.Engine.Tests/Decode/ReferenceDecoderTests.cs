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
            if (record.Length > 0 && !ReferenceDecoder.Reads(record[0]))
            {
                // Of another encoding: it must not break anything.
                bench.Decode(record);
                continue;
            }

            var actual = bench.Decode(record);
            var expected = ReferenceDecoder.Decode(record).ConvertAll(reading => ReferenceDecoder.WithKeptFlags(reading, bench.Names.Flags));
            if (!expected.SequenceEqual(actual))
            {
                Assert.Fail(
                    $"seed {seed}, case {index}: {Encoding.Latin1.GetString(record)}\n{Convert.ToHexString(record)}\nexpected\n"
                    + $"{string.Join('\n', expected)}\nactual\n{string.Join('\n', actual)}");
            }
        }
    }

    [Fact]
    public void Mutated_records_are_decoded_alike_by_every_way_without_allocating()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}; more by: HotPath.Benchmarks mutations");
        using var run = new MutationRun(seed);

        run.Take(10L * Cases);

        // What a first use makes once is no growth.
        Assert.Equal(10L * Cases, run.Records);
        Assert.InRange(run.AllocatedBytes, 0, 1_024);
        Assert.True(run.ComparedWithReference > run.Records / 200);
        Assert.True(run.Readings > run.Records / 20);
    }

    /// <summary>
    /// The array envelope looked at its next element before it asked whether there was one, and the map form at a text
    /// that was longer than the record: a record that ended with its page brought the process down.
    /// </summary>
    [Fact]
    public void A_record_that_ends_too_soon_is_never_read_over_its_end()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var corpus = new MutationCorpus(seed);
        using var page = new GuardedPage();
        using var bench = new DecodeBench();
        var unknown = new PackBuilder().Map(1).Text("x").Text(new string('y', 200)).Bytes;
        byte[][] records = [.. corpus.Plain.Select(family => family[0]), .. corpus.Checked.Select(family => family[0]), corpus.Lines[0], unknown];
        foreach (var record in records)
        {
            bench.Decode(record);
            for (var bytes = 0; bytes <= record.Length; bytes++)
            {
                Assert.NotEmpty(bench.Decode(page.AtTheEnd(record.AsSpan(0, bytes))));
            }
        }
    }
}
