using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;

namespace HotPath.Benchmarks.Generator;

/// <summary>
/// The other end of PutRecords: takes calls on any number of connections, a thread each, counts calls, records and bytes,
/// and answers that all was taken. Nothing is checked, decoded or kept.
/// </summary>
internal sealed class CallEnd : IDisposable
{
    private const int RequestBytesMax = 8 << 20;

    private readonly Socket _listener = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Thread> _threads = [];
    private readonly Thread _accepting;
    private long _calls;
    private long _records;
    private long _bytes;

    public CallEnd()
    {
        _listener.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        _listener.Listen();
        _accepting = new Thread(Accept) { Name = "accept", IsBackground = true };
        _accepting.Start();
    }

    public string Address => $"[::1]:{((IPEndPoint)_listener.LocalEndPoint!).Port}";

    private static ReadOnlySpan<byte> Answer =>
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: 23\r\n\r\n{\"FailedRecordCount\":0}"u8;

    /// <summary>What has come in since this was made. The sender has closed its connections.</summary>
    public ByteCounts End()
    {
        _listener.Dispose();
        _accepting.Join();
        _threads.ForEach(thread => thread.Join());
        return new ByteCounts(_calls, _records, _bytes, 0);
    }

    public void Dispose() => _listener.Dispose();

    private void Accept()
    {
        try
        {
            while (true)
            {
                var socket = _listener.Accept();
                socket.NoDelay = true;
                var thread = new Thread(() => Take(socket)) { Name = "calls", IsBackground = true };
                _threads.Add(thread);
                thread.Start();
            }
        }
        catch (SocketException)
        {
            // The listener was closed: the end.
        }
        catch (ObjectDisposedException)
        {
            // The same, before it began to wait.
        }
    }

    private void Take(Socket socket)
    {
        using var connection = socket;
        var buffer = new byte[RequestBytesMax];
        var (calls, records, bytes) = (0L, 0L, 0L);
        var filled = 0;
        while (true)
        {
            var requestBytes = RequestBytes(buffer.AsSpan(0, filled));
            if (requestBytes > 0 && filled >= requestBytes)
            {
                calls++;
                bytes += requestBytes;
                records += buffer.AsSpan(0, requestBytes).Count("{\"Data\":"u8);
                buffer.AsSpan(requestBytes, filled - requestBytes).CopyTo(buffer);
                filled -= requestBytes;
                connection.Send(Answer);
                continue;
            }

            var received = connection.Receive(buffer.AsSpan(filled));
            if (received == 0)
            {
                break;
            }

            filled += received;
        }

        Interlocked.Add(ref _calls, calls);
        Interlocked.Add(ref _records, records);
        Interlocked.Add(ref _bytes, bytes);
    }

    /// <summary>Head and body of the request that begins here; 0 while its head is not whole.</summary>
    private static int RequestBytes(ReadOnlySpan<byte> from)
    {
        var head = from[..Math.Min(from.Length, 4096)];
        var end = head.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return 0;
        }

        var at = head.IndexOf("ontent-Length: "u8) is var found and >= 0 ? found : head.IndexOf("ontent-length: "u8);
        return at >= 0 && Utf8Parser.TryParse(head[(at + "ontent-length: ".Length)..], out int body, out _)
            ? end + 4 + body
            : throw new InvalidDataException("A request without Content-Length.");
    }
}
