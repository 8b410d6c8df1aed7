using HotPath.Engine.Decode;
using HotPath.LoadGenerator.Udp;

namespace HotPath.Tests.Load;

public sealed class DatagramFrameTests
{
    private static readonly DatagramHeader Header = new()
    {
        Flags = DatagramFrame.Heartbeat,
        Sender = 0x1122334455667788,
        EpochNanos = 0x0102030405060708,
        Datagram = 9,
        ReadingFirst = 0x0A0B,
        ReadingCount = 0x0C,
        PayloadBytes = 0x0D0E,
        SentAtNanos = 0x0F,
    };

    [Fact]
    public void A_head_is_these_bytes()
    {
        var bytes = new byte[DatagramFrame.HeaderBytes];

        DatagramFrame.WriteHeader(bytes, Header);

        Assert.Equal(
            "48505531" + "01" + "08" + "0000" + "8877665544332211" + "0807060504030201" + "0900000000000000"
            + "0B0A000000000000" + "0C000000" + "0E0D0000" + "0F00000000000000",
            Convert.ToHexString(bytes));
    }

    [Fact]
    public void The_product_reads_what_the_generator_writes()
    {
        var bytes = new byte[DatagramFrame.HeaderBytes];

        DatagramFrame.WriteHeader(bytes, Header);

        Assert.True(FrameHeader.TryRead(bytes, out var read));
        Assert.Equal(Header.Sender, read.SenderId);
        Assert.Equal((ulong)Header.EpochNanos, read.Epoch);
        Assert.Equal((ulong)Header.Datagram, read.DatagramSequence);
        Assert.Equal((ulong)Header.ReadingFirst, read.FirstReadingSequence);
        Assert.Equal((uint)Header.ReadingCount, read.ReadingCount);
        Assert.Equal((uint)Header.PayloadBytes, read.ExpandedBytes);
        Assert.Equal(Header.SentAtNanos, read.SendTimeNanos);
    }
}
