using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using HotPath.Engine.Decode;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;
using HotPath.TestKit.Decode;

namespace HotPath.Engine.Tests.Decode;

public sealed class RecordDecoderTests
{
    private const string Good = """{"equipmentId":"m","timestamp":1,"tag":"t","value":1}""";

    private static readonly byte[] GoodBytes = Encoding.UTF8.GetBytes(Good);

    [Fact]
    public void A_frame_holds_a_record_of_any_encoding()
    {
        using var bench = new DecodeBench();
        foreach (var flags in (FrameFlags[])[FrameFlags.None, FrameFlags.Lz4, FrameFlags.Crc32C, FrameFlags.Lz4 | FrameFlags.Crc32C])
        {
            var frame = FrameBuilder.Build(new FrameHeader { Flags = flags, ReadingCount = 2 }, Encoding.UTF8.GetBytes($"[{Good},{Good}]"));

            Assert.Equal(["t", "t"], bench.Decode(frame).Select(reading => reading.Tag));
        }
    }

    [Fact]
    public void A_frame_whose_checksum_or_contents_are_damaged_is_refused_whole()
    {
        using var bench = new DecodeBench();
        var frame = FrameBuilder.Build(new FrameHeader { Flags = FrameFlags.Crc32C }, GoodBytes);
        frame[60] ^= 1;
        var lz4 = FrameBuilder.Build(new FrameHeader { Flags = FrameFlags.Lz4 }, GoodBytes);
        lz4[44]++;

        Assert.Equal(RejectReason.ChecksumMismatch, Assert.Single(bench.Decode(frame)).Reason);
        Assert.Equal(RejectReason.Decompression, Assert.Single(bench.Decode(lz4)).Reason);
        Assert.Equal(RejectReason.Malformed, Assert.Single(bench.Decode("HPU1,host=a x=1"u8)).Reason);
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Fastest)]
    [InlineData(CompressionLevel.SmallestSize)]
    public void Gzip_is_undone_of_every_kind_of_block(CompressionLevel level)
    {
        using var bench = new DecodeBench();
        var lines = string.Join('\n', Enumerable.Range(0, 3000).Select(index => Good.Replace("\"t\"", $"\"t{index * index % 977}\"", StringComparison.Ordinal)));

        var readings = bench.Decode([.. Gzipped(Encoding.UTF8.GetBytes(lines), level), .. Gzipped("\n"u8.ToArray(), level)]);

        Assert.Equal(3000, readings.Count);
        Assert.All(readings, reading => Assert.Equal(SlotKind.Reading, reading.Kind));
    }

    [Fact]
    public void Damaged_gzip_is_refused_and_never_more_than_that()
    {
        using var bench = new DecodeBench();
        var gzip = Gzipped(Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Repeat(Good, 50))), CompressionLevel.Optimal);
        for (var at = 2; at < gzip.Length; at++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var damaged = (byte[])gzip.Clone();
                damaged[at] ^= (byte)(1 << bit);
                var readings = bench.Decode(damaged);
                Assert.True(
                    readings.Count == 50 || (readings.Count == 1 && readings[0].Reason == RejectReason.Decompression),
                    $"bit {bit} of byte {at}");
            }

            Assert.Equal(RejectReason.Decompression, Assert.Single(bench.Decode(gzip.AsSpan(0, at))).Reason);
        }
    }

    [Fact]
    public void A_compression_bomb_stays_within_its_bound()
    {
        using var bench = new DecodeBench();
        var bomb = Gzipped(new byte[EngineLimits.ExpandedBytesMax + 1], CompressionLevel.Optimal);

        Assert.Equal(RejectReason.Decompression, Assert.Single(bench.Decode(bomb)).Reason);
    }

    /// <summary>
    /// Cause: each inner record had a bound of its own. Symptom: a record of 30 KB, an aggregate of bombs in a bomb, kept a core
    /// busy for as long as it takes to expand sixteen gigabytes.
    /// </summary>
    [Fact]
    public void All_that_a_record_wraps_expands_to_no_more_than_one_record_may()
    {
        using var bench = new DecodeBench();
        var bomb = Gzipped(new byte[EngineLimits.ExpandedBytesMax + 1], CompressionLevel.Optimal);
        var nested = Gzipped(Aggregate([.. Enumerable.Repeat(bomb, 40)], keyIndex: 0), CompressionLevel.Optimal);

        var readings = bench.Decode(nested);

        Assert.Equal(40, readings.Count);
        Assert.All(readings, reading => Assert.Equal(RejectReason.Decompression, reading.Reason));
        Assert.InRange(bench.Decoder.ExpandedBytes, EngineLimits.ExpandedBytesMax / 2, EngineLimits.ExpandedBytesMax);

        // The next record has all of it again.
        Assert.Equal("t", Assert.Single(bench.Decode(Gzipped(GoodBytes, CompressionLevel.Optimal))).Tag);
    }

    [Fact]
    public void The_records_of_a_call_expand_together_to_what_its_size_allows()
    {
        using var bench = new DecodeBench();
        var bomb = Gzipped(new byte[EngineLimits.ExpandedBytesMax], CompressionLevel.Optimal);
        var good = Gzipped(GoodBytes, CompressionLevel.Optimal);
        bench.Decoder.BeginCall(100 * bomb.Length);
        var expandedMax = EngineLimits.CallExpandedBytesMin + (EngineLimits.CallExpansionMax * 100 * bomb.Length);
        Assert.Equal("t", Assert.Single(bench.Decode(good)).Tag);
        for (var record = 0; record < 100; record++)
        {
            bench.Decode(bomb);
        }

        Assert.InRange(bench.Decoder.ExpandedBytes, expandedMax - EngineLimits.ExpandedBytesMax, expandedMax);
        Assert.Equal(RejectReason.Decompression, Assert.Single(bench.Decode(good)).Reason);
        bench.Decoder.BeginCall(good.Length);
        Assert.Equal("t", Assert.Single(bench.Decode(good)).Tag);
    }

    [Fact]
    public void Zstd_is_undone_and_damage_is_refused()
    {
        // `printf '[]' | zstd`, then a byte of its content changed so that no frame is left.
        using var bench = new DecodeBench();
        byte[] zstd = [0x28, 0xB5, 0x2F, 0xFD, 0x20, 0x02, 0x11, 0x00, 0x00, 0x5B, 0x5D];

        Assert.Equal(SlotKind.Empty, Assert.Single(bench.Decode(zstd)).Kind);
        Assert.Equal(RejectReason.Decompression, Assert.Single(bench.Decode(zstd.AsSpan(0, 9))).Reason);
    }

    [Fact]
    public void Wrappings_are_undone_four_deep_and_no_deeper()
    {
        using var bench = new DecodeBench();
        var record = GoodBytes;
        for (var depth = 0; depth < EngineLimits.RecordWrappingMax; depth++)
        {
            record = Gzipped(record, CompressionLevel.Fastest);
            Assert.Equal("t", Assert.Single(bench.Decode(record)).Tag);
        }

        Assert.Equal(RejectReason.TooLarge, Assert.Single(bench.Decode(Gzipped(record, CompressionLevel.Fastest))).Reason);
    }

    [Fact]
    public void Each_inner_record_of_an_aggregate_is_a_record()
    {
        using var bench = new DecodeBench();
        var aggregate = Aggregate([GoodBytes, "[]"u8.ToArray(), "{"u8.ToArray(), GoodBytes], keyIndex: 0);

        Assert.Equal(
            [SlotKind.Reading, SlotKind.Empty, SlotKind.Rejected, SlotKind.Reading],
            bench.Decode(aggregate).Select(reading => reading.Kind));
    }

    [Fact]
    public void An_unsound_aggregate_is_one_record()
    {
        using var bench = new DecodeBench();
        var damaged = Aggregate([GoodBytes], keyIndex: 0);
        damaged[10] ^= 1;

        Assert.Equal(RejectReason.Malformed, Assert.Single(bench.Decode(damaged)).Reason);
        Assert.Equal(RejectReason.Malformed, Assert.Single(bench.Decode(Aggregate([GoodBytes], keyIndex: 1))).Reason);
    }

    [Fact]
    public void A_record_that_does_not_fit_beside_what_is_staged_waits_and_one_that_never_fits_is_refused()
    {
        using var bench = new DecodeBench(slotCountMax: 4);
        var three = Encoding.UTF8.GetBytes($"[{Good},{Good},{Good}]");

        Assert.True(bench.Decoder.Decode(three, bench.Origin, bench.Block));
        Assert.False(bench.Decoder.Decode(three, bench.Origin, bench.Block));
        Assert.Equal(3, bench.Block.Count);
        Assert.Equal(
            RejectReason.TooLarge, Assert.Single(bench.Decode(Encoding.UTF8.GetBytes($"[{Good},{Good},{Good},{Good},{Good}]"))).Reason);
    }

    [Fact]
    public void Quotas_refuse_new_names_and_strings_but_not_known_ones()
    {
        using var bench = new DecodeBench(quota: new NameQuota(namesPerSenderMax: 2, symbolsPerTagMax: 1));

        Assert.Equal(SlotKind.Reading, Assert.Single(bench.Decode(Good)).Kind);
        Assert.Equal(RejectReason.NameLimit, Assert.Single(bench.Decode(Good.Replace("\"m\"", "\"n\"", StringComparison.Ordinal))).Reason);
        Assert.Equal(SlotKind.Reading, Assert.Single(bench.Decode(Good.Replace("1}", "\"a\"}", StringComparison.Ordinal))).Kind);
        Assert.Equal(RejectReason.ValueLimit, Assert.Single(bench.Decode(Good.Replace("1}", "\"b\"}", StringComparison.Ordinal))).Reason);
        Assert.Equal(SlotKind.Reading, Assert.Single(bench.Decode(Good)).Kind);
    }

    private static byte[] Gzipped(byte[] bytes, CompressionLevel level)
    {
        using var to = new MemoryStream();
        using (var gzip = new GZipStream(to, level))
        {
            gzip.Write(bytes);
        }

        return to.ToArray();
    }

    private static IEnumerable<byte> Varint(int value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            yield return (byte)(value | 0x80);
        }

        yield return (byte)value;
    }

    private static byte[] Aggregate(byte[][] records, byte keyIndex)
    {
        List<byte> message = [0x0A, 1, (byte)'k'];
        foreach (var record in records)
        {
            byte[] data = [0x08, keyIndex, 0x1A, .. Varint(record.Length), .. record];
            message.AddRange([0x1A, .. Varint(data.Length), .. data]);
        }

        return [.. KplAggregate.Magic, .. message, .. MD5.HashData(message.ToArray())];
    }
}
