using System.Net;
using System.Net.Sockets;
using HotPath.LoadGenerator.Encode;
using HotPath.LoadGenerator.Kinesis;
using HotPath.LoadGenerator.Plan;
using HotPath.LoadGenerator.Run;
using HotPath.LoadGenerator.Udp;

namespace HotPath.Tests.Load;

public sealed class LoadAllocationTests
{
    private const int TriesMax = 20;

    [Theory]
    [InlineData("json")]
    [InlineData("msgpack")]
    [InlineData("msgpack-map")]
    [InlineData("msgpack-envelope")]
    [InlineData("influx")]
    public void Readings_are_made_without_allocating(string encoding)
    {
        Assert.True(PayloadFormats.TryParse(encoding, out var format));
        var plan = LoadRig.Small with { ScanCount = long.MaxValue, DisorderMillis = 10_000, DuplicateShare = 0.01 };
        var plant = new Plant(plan);
        var feed = new Feed(plant.Fleet.Gateways, plan);
        var encoder = PayloadFormats.CreateEncoder(format, plant, 1_344);
        var buffer = new byte[encoder.PieceBytesMax];

        Assert.Equal(0, BytesOnceWarm(() =>
        {
            foreach (ref readonly var scan in feed.Next())
            {
                for (var piece = 0; piece < encoder.PiecesPerScan; piece++)
                {
                    encoder.Encode(scan, piece, buffer);
                }
            }
        }));
    }

    [Fact]
    public void A_call_is_filled_and_signed_without_allocating()
    {
        var call = new PutRecordsCall("readings", recordsMax: 100, recordBytesMax: 1_400);
        var signer = new RequestSigner(
            new SigningOptions { Host = "h", Region = "r", AccessKey = "a", SecretKey = "s" });
        var record = new byte[1_400];
        var now = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

        Assert.Equal(0, BytesOnceWarm(() =>
        {
            call.Clear();
            while (!call.IsFull)
            {
                call.Add(record, "gateway-0001"u8, readings: 56);
            }

            call.Seal(signer, now);
        }));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Datagrams_are_filled_and_sent_without_allocating(bool signed)
    {
        var frames = signed ? new FrameOptions { Lz4 = true, Crc32C = true, HmacKey = new byte[16] } : new FrameOptions();
        var plan = LoadRig.Small with { ScanCount = long.MaxValue };
        var plant = new Plant(plan);
        var feed = new Feed(plant.Fleet.Gateways, plan);
        using var receiver = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        receiver.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        sender.Connect(receiver.LocalEndPoint!);
        using var sink = new DatagramSink(
            new DatagramBatch(sender, DatagramSink.DatagramBytesMax),
            new EnvelopeEncoder(plant, 1_344),
            new DatagramSinkOptions { Time = TimeProvider.System, Frames = frames, RepeatShare = 0.1, ReorderShare = 0.1 },
            new LoadCounters());

        Assert.Equal(0, BytesOnceWarm(() =>
        {
            foreach (ref readonly var scan in feed.Next())
            {
                sink.Add(scan, piece: 0);
            }
        }));
    }

    /// <summary>Bytes of a thousand turns; what tiering and first uses cost goes by in earlier tries.</summary>
    private static long BytesOnceWarm(Action turn)
    {
        var bytes = long.MaxValue;
        for (var tries = 0; bytes != 0 && tries < TriesMax; tries++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var count = 0; count < 1_000; count++)
            {
                turn();
            }

            bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        return bytes;
    }
}
