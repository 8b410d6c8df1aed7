using HotPath.Engine.Journal;

namespace HotPath.Engine.Tests.Journal;

/// <summary>The bytes on disk: a change here is a new format.</summary>
public sealed class JournalGoldenTests
{
    private const string ExpectedHeader =
        "484F54504154484A" // HOTPATHJ
        + "01000000" // format
        + "E9699E59" // crc32c
        + "33221100554477668899AABBCCDDEEFF" // instance
        + "0700000000000000" // number
        + "E803000000000000" // firstLsn
        + "E603000000000000" // previousLsn
        + "E503000000000000" // durableLsn
        + "EFCDAB8967452301" // salt
        + "00401E18240A0600" // createdAt
        + "4000000000000000"; // namesBytes

    private const string ExpectedFrame =
        "CE000000" // frameBytes
        + "7CA73D2D" // crc32c
        + "0100000000000000" // firstLsn
        + "0000000000000000" // durableLsn
        + "4000000000000000" // namesBytes
        + "02000000" // count
        + "9E000000" // plainBytes
        + "01" // kind
        + "00" // codec
        + "0000" // reserved
        + "9E000000" // columnsBytes
        + "02000100010101000100020001010100010002" // kinds: two words, the slots' indexes 0 and 1
        + "020020111E18240A060020D1FFFFFFFFFFFF" // eventTime: deltas
        + "0000401E18240A0600" // receivedAt: constant
        + "000000000000000080" // createdAt: constant
        + "020001000000000000000100000000000000" // sequenceNumber: deltas
        + "02001F000000000000001F00000000000000" // equipment: deltas
        + "020001000000000000000100000000000000" // tag: deltas
        + "020001000000000000000100000000000000" // source: deltas
        + "0000000080FFFFFFFF" // model: constant
        + "10020000020001000000000000000100000000000000" // numbers: decimals
        + "0000"; // padding

    private const string ExpectedMark =
        "30000000" // frameBytes
        + "966A5B45" // crc32c
        + "0300000000000000" // firstLsn
        + "0200000000000000" // durableLsn
        + "4000000000000000" // namesBytes
        + "00000000" // count
        + "00000000" // plainBytes
        + "02" // kind
        + "00" // codec
        + "0000" // reserved
        + "00000000"; // columnsBytes

    [Fact]
    public void Segment_header_has_these_bytes()
    {
        var area = new byte[SegmentHeader.AreaBytes];
        var header = new SegmentHeader
        {
            Instance = new Guid("00112233-4455-6677-8899-aabbccddeeff"),
            Number = 7,
            FirstLsn = 1_000,
            PreviousLsn = 998,
            DurableLsn = 997,
            Salt = 0x0123_4567_89AB_CDEF,
            CreatedAtMicros = 1_700_000_000_000_000,
            NamesBytes = 64,
        };

        header.WriteTo(area);

        ShouldBe(ExpectedHeader, Convert.ToHexString(area.AsSpan(0, SegmentHeader.SizeBytes)));
        Assert.True(area.AsSpan(0, SegmentHeader.SizeBytes).SequenceEqual(area.AsSpan(SegmentHeader.SecondCopyAt, SegmentHeader.SizeBytes)));
        Assert.Equal(SegmentHeaderCheck.Valid, SegmentHeader.Read(area, out var read));
        Assert.Equal(1_000, read.FirstLsn);
    }

    [Fact]
    public void Frame_of_two_readings_has_these_bytes()
    {
        using var builder = new FrameBuilder(new RuleDocuments(), mayCompress: false);
        builder.BuildSlots([Readings.Make(1), Readings.Make(2)], firstLsn: 1);
        builder.Seal(durableLsn: 0, namesBytes: 64, salt: 0x1234_5678);

        ShouldBe(ExpectedFrame, Convert.ToHexString(builder.Frame));
    }

    [Fact]
    public void Mark_has_these_bytes()
    {
        using var builder = new FrameBuilder(new RuleDocuments(), mayCompress: false);
        builder.BuildMark(nextLsn: 3);
        builder.Seal(durableLsn: 2, namesBytes: 64, salt: 0x1234_5678);

        ShouldBe(ExpectedMark, Convert.ToHexString(builder.Frame));
    }

    private static void ShouldBe(string expected, string actual) => Assert.True(expected == actual, actual);
}
