using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using HotPath.Kinesis;

namespace HotPath.Tests.Kinesis;

/// <summary>Thousands who connect and dawdle, and those who misuse HTTP/2: calls of others are answered all the while.</summary>
[Collection(nameof(BoundedMemoryTests))]
public sealed class SlowPeersTests
{
    private const int PeerCount = 3_000;
    private const int CallCount = 200;

    private static readonly byte[] Preface = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, 4, 0, 0, 0, 0, 0];

    /// <summary>
    /// Cause: each body had 64 KiB from its first byte on, and all bodies together have a limit. Symptom would be: four
    /// thousand who send one byte of a body each have everybody else answered 503.
    /// </summary>
    [Theory]
    [InlineData("")]
    [InlineData("P")]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Tar")]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: Kinesis_20131202.PutRecords\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: 60000\r\n\r\n{")]
    public async Task Thousands_of_half_open_connections_disturb_nobody(string said)
    {
        await using var endpoint = await EndpointUnderTest.StartAsync(new KinesisOptions
        {
            Limits = new KinesisLimits
            {
                // A tenth of what there is by default, so that a tenth of the connections would do.
                RecordBytesMax = 1024, RequestBytesMax = 1024 * 1024, BodyBytesMax = 2 * 1024 * 1024, BodiesBytesMax = 24 * 1024 * 1024,
            },
        });
        var peers = new List<Socket>();
        try
        {
            for (var peer = 0; peer < PeerCount; peer++)
            {
                peers.Add(await ConnectAsync(endpoint, Encoding.ASCII.GetBytes(said)));
            }

            await AssertServesAsync(endpoint);
            Assert.InRange(endpoint.Counters.BodyMemoryBytes, 0, PeerCount * 4096L);
        }
        finally
        {
            peers.ForEach(peer => peer.Dispose());
        }

        await AssertServesAsync(endpoint);
        Assert.Empty(endpoint.Faults);
    }

    [Fact]
    public async Task Past_the_limit_a_connection_is_closed_and_those_there_are_served()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync(new KinesisOptions { Limits = new KinesisLimits { ConnectionsMax = 8 } });
        Assert.Equal(200, (await endpoint.CallAsync("PutRecords", PutRecordsTests.Batch(["first"]))).Status);
        var peers = new List<Socket>();
        for (var peer = 0; peer < 7; peer++)
        {
            peers.Add(await ConnectAsync(endpoint, "POST"u8.ToArray()));
        }

        using var beyond = await ConnectAsync(endpoint, []);
        Assert.Equal(0, await ReceivedAsync(beyond));
        await AssertServesAsync(endpoint);
        peers.ForEach(peer => peer.Dispose());
    }

    /// <summary>A request begun and given up at once, again and again: the server ends the connection, not its work.</summary>
    [Fact]
    public async Task A_rapid_reset_ends_its_own_connection_only()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();
        using var peer = await ConnectAsync(endpoint, Preface);
        var isEnded = false;
        for (var stream = 1; stream < 200_000 && !isEnded; stream += 2)
        {
            // HEADERS with END_HEADERS: ":method: POST" (3), ":scheme: http" (6), ":path: /" (4), ":authority: x"; then RST_STREAM CANCEL.
            byte[] block = [0x83, 0x86, 0x84, 0x41, 0x01, (byte)'x'];
            isEnded = !await TrySendAsync(peer, [.. Frame(1, 0x4, stream, block), .. Frame(3, 0, stream, [0, 0, 0, 8])]);
        }

        Assert.True(isEnded, "100,000 resets were taken.");
        await AssertServesAsync(endpoint);
        Assert.Equal(0, endpoint.Counters.CallsUnderWay);
    }

    [Theory]
    [InlineData(0x4)] // SETTINGS
    [InlineData(0x6)] // PING
    public async Task A_flood_of_control_frames_grows_nothing(byte type)
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();
        using var peer = await ConnectAsync(endpoint, Preface);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var frames = Enumerable.Repeat(Frame(type, 0, 0, new byte[type == 6 ? 8 : 0]), 1_000).SelectMany(bytes => bytes).ToArray();

        // Nothing is read of the answers: whoever answers without bound keeps them.
        for (var round = 0; round < 200 && await TrySendAsync(peer, frames); round++)
        {
        }

        await AssertServesAsync(endpoint);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 32L * 1024 * 1024);
    }

    [Fact]
    public async Task Headers_without_end_and_streams_without_number_are_bounded()
    {
        await using var endpoint = await EndpointUnderTest.StartAsync();
        using var endless = await ConnectAsync(endpoint, [.. Preface, .. Frame(1, 0, 1, [0x83, 0x86, 0x84])]);
        var isEnded = false;
        for (var round = 0; round < 10_000 && !isEnded; round++)
        {
            // A literal header of 16 KB in CONTINUATION frames that never end.
            isEnded = !await TrySendAsync(endless, Frame(9, 0, 1, [0x00, 0x01, (byte)'a', 0x7F, 0xA1, 0x7E, .. Enumerable.Repeat((byte)'b', 16_288)]));
        }

        Assert.True(isEnded, "150 MB of headers were taken.");

        // 5,000 streams that begin a body and say no more: at most a thousand are served at a time.
        using var many = await ConnectAsync(endpoint, Preface);
        for (var stream = 1; stream < 10_000; stream += 2)
        {
            if (!await TrySendAsync(many, Frame(1, 0x4, stream, [0x83, 0x86, 0x84, 0x41, 0x01, (byte)'x'])))
            {
                break;
            }
        }

        await AssertServesAsync(endpoint);
        Assert.InRange(endpoint.Counters.CallsUnderWay, 0, 1_000);
    }

    private static async Task AssertServesAsync(EndpointUnderTest endpoint)
    {
        for (var call = 0; call < CallCount; call++)
        {
            Assert.Equal(200, (await endpoint.CallAsync("PutRecords", PutRecordsTests.Batch(["a", "b", "c"]))).Status);
        }
    }

    private static byte[] Frame(byte type, byte flags, int stream, byte[] payload)
    {
        var frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        frame[3] = type;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        return frame;
    }

    private static async Task<Socket> ConnectAsync(EndpointUnderTest endpoint, byte[] said)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endpoint.Address);
        await socket.SendAsync(said);
        return socket;
    }

    /// <returns>False when the server has ended the connection, or takes no more because nobody reads its answers.</returns>
    private static async Task<bool> TrySendAsync(Socket socket, byte[] bytes)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            for (var sent = 0; sent < bytes.Length;)
            {
                sent += await socket.SendAsync(bytes.AsMemory(sent), patience.Token);
            }

            return true;
        }
        catch (Exception fault) when (fault is SocketException or OperationCanceledException)
        {
            return false;
        }
    }

    private static async Task<int> ReceivedAsync(Socket socket)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[16]);
        }
        catch (SocketException)
        {
            return 0;
        }
    }
}
