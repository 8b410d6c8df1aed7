using System.IO.Compression;
using HotPath.Engine.Decode;
using HotPath.TestKit;
using Xunit.Abstractions;

namespace HotPath.Engine.Tests.Decode;

/// <summary>The inflater beside the one of the runtime: the same bytes for what is whole, the same verdict for what is not.</summary>
public sealed class InflaterTests(ITestOutputHelper output) : IDisposable
{
    private readonly Inflater _inflater = new();
    private readonly ExpandBuffer _into = new();

    public void Dispose() => _into.Dispose();

    [Fact]
    public void Whatever_was_deflated_in_any_way_is_what_it_was()
    {
        var random = Seeded();
        foreach (var plain in Plains(random))
        {
            foreach (var compressed in Deflated(plain))
            {
                ShouldInflate(compressed, plain, behindBytes: random.Next(40));
            }
        }
    }

    /// <summary>Copies that overlap themselves, at every distance that a step of the copying could get wrong.</summary>
    [Fact]
    public void Patterns_of_every_period_and_length_repeat_as_they_should()
    {
        var random = Seeded();
        for (var period = 1; period <= 70; period++)
        {
            var pattern = new byte[period];
            random.NextBytes(pattern);
            for (var length = period; length < 700; length += 1 + random.Next(40))
            {
                var plain = Enumerable.Range(0, length).Select(at => pattern[at % period]).ToArray();
                ShouldInflate(Deflate(plain, ZLibCompressionStrategy.Default, 9), plain, behindBytes: random.Next(40));
            }
        }
    }

    [Fact]
    public void Damage_has_the_verdict_of_the_runtime_and_writes_nowhere_else()
    {
        var random = Seeded();
        var (good, bad) = (0, 0);
        foreach (var plain in Plains(random).Where(plain => plain.Length < 20_000))
        {
            foreach (var compressed in Deflated(plain))
            {
                for (var change = 0; change < 60; change++)
                {
                    var damaged = compressed[..random.Next(1, compressed.Length + 1)];
                    damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
                    var expected = ByRuntime(damaged);
                    var writtenBytes = 0;
                    var isGood = _inflater.TryInflate(damaged, _into, ref writtenBytes, out _);

                    Assert.True(
                        !isGood || expected.AsSpan().SequenceEqual(Written(0, writtenBytes)), Convert.ToHexString(damaged));
                    good += isGood ? 1 : 0;
                    bad += isGood ? 0 : 1;
                }
            }
        }

        Assert.True(good > 10 && bad > 100, $"{good} good, {bad} bad");
    }

    /// <summary>
    /// Cause: a set of a single code counted as whole whatever its length; RFC 1951 allows one distance code of one bit.
    /// Symptom: damaged streams, which zlib refuses, gave readings.
    /// </summary>
    [Theory]
    [InlineData("05C1C10980400C45C15EFE790F4F10C47460190B06118CAC98F522F6AECC2BBFFADEC2CF5C56990215E51E7E678D26")]
    [InlineData("05C1C10980301045C15EFE3987171084EDC032022E22B81271E345EC5D99577E8DBD879FB9AC32052ACA3D")]
    [InlineData("05C1310A80301045C1BBFC3AC5530B616FE031022E22B812716323DE5D99577E")]
    [InlineData("75C0410A80201005D0BBCCBA853A69E90D3A8690449051A46DA4BBE72EC899BF9DCF83F905C299D723")]
    public void A_single_distance_code_of_several_bits_is_refused(string compressed)
    {
        var writtenBytes = 0;
        Assert.False(_inflater.TryInflate(Convert.FromHexString(compressed), _into, ref writtenBytes, out _));
    }

    [Fact]
    public void Output_ends_at_its_bound_and_says_how_much_was_written()
    {
        var random = Seeded();
        var plain = Plains(random).MaxBy(plain => plain.Length)!;
        foreach (var compressed in Deflated(plain))
        {
            for (var round = 0; round < 20; round++)
            {
                _into.BytesMax = random.Next(plain.Length);
                var writtenBytes = 0;

                Assert.False(_inflater.TryInflate(compressed, _into, ref writtenBytes, out _));
                Assert.InRange(writtenBytes, Math.Max(0, _into.BytesMax - 65_535), _into.BytesMax);
                Assert.Equal(plain[..writtenBytes], Written(0, writtenBytes));
            }

            _into.BytesMax = plain.Length;
            ShouldInflate(compressed, plain, behindBytes: 3, begin: 0);
        }
    }

    private static IEnumerable<byte[]> Plains(Random random)
    {
        yield return [7];
        foreach (var length in new[] { 5, 300, 4_000, 70_000, 300_000 })
        {
            var noise = new byte[length];
            random.NextBytes(noise);
            yield return noise;
            yield return new byte[length];
            yield return [.. Enumerable.Range(0, length).Select(_ => (byte)"0123456789{}:,\""[random.Next(15)])];

            // Each value half as frequent as the one before: the longest codes there are.
            yield return [.. Enumerable.Range(0, length).Select(_ => (byte)Math.Min(255, -Math.Log2(1 - random.NextDouble()) * 3))];
            yield return System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, (length / 60) + 1).Select(reading =>
                $$"""{"equipmentId":"m{{reading % 7}}","timestamp":{{1_700_000_000_000 + (reading * 13)}},"tag":"t","value":{{random.Next(100)}}}""")));
        }
    }

    private static IEnumerable<byte[]> Deflated(byte[] plain)
    {
        yield return Deflate(plain, ZLibCompressionStrategy.Default, 0);
        yield return Deflate(plain, ZLibCompressionStrategy.Default, 1);
        yield return Deflate(plain, ZLibCompressionStrategy.Default, 9);
        yield return Deflate(plain, ZLibCompressionStrategy.Fixed, 6);
        yield return Deflate(plain, ZLibCompressionStrategy.HuffmanOnly, 6);
        yield return Deflate(plain, ZLibCompressionStrategy.RunLengthEncoding, 6);
    }

    private static byte[] Deflate(byte[] plain, ZLibCompressionStrategy strategy, int level)
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(
            packed, new ZLibCompressionOptions { CompressionLevel = level, CompressionStrategy = strategy }, leaveOpen: true))
        {
            deflate.Write(plain);
        }

        return packed.ToArray();
    }

    private static byte[] ByRuntime(byte[] compressed)
    {
        using var inflate = new DeflateStream(new MemoryStream(compressed), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        var some = new byte[4_096];
        try
        {
            for (var read = inflate.Read(some); read > 0; read = inflate.Read(some))
            {
                plain.Write(some, 0, read);
            }
        }
        catch (InvalidDataException)
        {
            // What it gave before.
        }

        return plain.ToArray();
    }

    private void ShouldInflate(byte[] compressed, byte[] plain, int behindBytes, int? begin = null)
    {
        // Behind what stands there already, and before what follows.
        var from = begin ?? compressed.Length % 50;
        Assert.True(_into.TryReserve(from));
        var writtenBytes = from;
        byte[] all = [.. compressed, .. Enumerable.Repeat((byte)0xA5, behindBytes)];

        Assert.True(_inflater.TryInflate(all, _into, ref writtenBytes, out var usedBytes));
        Assert.Equal(compressed.Length, usedBytes);
        Assert.True(plain.AsSpan().SequenceEqual(Written(from, writtenBytes - from)), $"{plain.Length} bytes from {compressed.Length}");
    }

    private unsafe byte[] Written(int from, int bytes) => new ReadOnlySpan<byte>(_into.Bytes + from, bytes).ToArray();

    private Random Seeded()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        return new Random(seed);
    }
}
