using System.Buffers.Text;
using System.Net.Sockets;
using System.Text;

namespace HotPath.LoadGenerator.Kinesis;

/// <summary>
/// One HTTP/1.1 keep-alive connection that sends whole requests and reads whole answers, blocking. Owned by one thread;
/// allocates only to connect. A fault closes it; the next call connects again.
/// </summary>
internal sealed class HttpConnection : IDisposable
{
    private const int AnswerBytesMax = 1024 * 1024;
    private const int SocketTimeoutMillis = 30_000;

    private readonly string _host;
    private readonly int _port;
    private readonly byte[] _answer = GC.AllocateUninitializedArray<byte>(AnswerBytesMax, pinned: true);
    private Socket? _socket;

    public HttpConnection(string host, int port)
    {
        _host = host;
        _port = port;
    }

    /// <summary>The body of the last answer.</summary>
    public ReadOnlySpan<byte> AnswerBody => _answer.AsSpan(_bodyStart, _bodyBytes);

    private int _bodyStart;
    private int _bodyBytes;

    /// <summary>Sends and waits for the answer; returns its status. Throws SocketException or IOException.</summary>
    public int Exchange(ReadOnlySpan<byte> request)
    {
        try
        {
            _socket ??= Connect();
            while (!request.IsEmpty)
            {
                request = request[_socket.Send(request)..];
            }

            return Receive(_socket);
        }
        catch
        {
            Close();
            throw;
        }
    }

    public void Dispose() => Close();

    private Socket Connect()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            SendTimeout = SocketTimeoutMillis,
            ReceiveTimeout = SocketTimeoutMillis,
        };
        try
        {
            socket.Connect(_host, _port);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private void Close()
    {
        _socket?.Dispose();
        _socket = null;
    }

    private int Receive(Socket socket)
    {
        var received = 0;
        int headBytes;
        while ((headBytes = _answer.AsSpan(0, received).IndexOf("\r\n\r\n"u8)) < 0)
        {
            received += ReceiveMore(socket, received);
        }

        var head = _answer.AsSpan(0, headBytes + 2);
        _bodyStart = headBytes + 4;
        _bodyBytes = ContentLength(head);
        if (_bodyBytes < 0 || _bodyStart + _bodyBytes > AnswerBytesMax)
        {
            throw new IOException("The endpoint's answer has no Content-Length, or is too long to read.");
        }

        while (received < _bodyStart + _bodyBytes)
        {
            received += ReceiveMore(socket, received);
        }

        var status = Status(head);
        if (head.IndexOf("onnection: close\r\n"u8) >= 0)
        {
            Close();
        }

        return status;
    }

    private int ReceiveMore(Socket socket, int received)
    {
        var bytes = socket.Receive(_answer.AsSpan(received));
        return bytes > 0 ? bytes : throw new IOException("The endpoint closed the connection without an answer.");
    }

    /// <summary>"HTTP/1.1 200 OK".</summary>
    private static int Status(ReadOnlySpan<byte> head) =>
        head.StartsWith("HTTP/1."u8) && head.Length > 12 && Utf8Parser.TryParse(head[9..], out int status, out _)
            ? status
            : throw new IOException("The endpoint does not answer in HTTP/1.1.");

    private static int ContentLength(ReadOnlySpan<byte> head)
    {
        while (head.IndexOf("\r\n"u8) is var end && end >= 0)
        {
            var line = head[..end];
            head = head[(end + 2)..];
            var colon = line.IndexOf((byte)':');
            if (colon == 14 && Ascii.EqualsIgnoreCase(line[..colon], "content-length"u8)
                && Utf8Parser.TryParse(line[(colon + 1)..].TrimStart((byte)' '), out int bytes, out _))
            {
                return bytes;
            }
        }

        return -1;
    }
}
