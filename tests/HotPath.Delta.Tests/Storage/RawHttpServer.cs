using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Web;

namespace HotPath.Delta.Tests.Storage;

/// <summary>
/// HTTP/1.1 on loopback, by hand, so that a test can break a connection exactly where it wants to.
/// </summary>
internal sealed class RawHttpServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<RawRequest, RawAnswer?> _answer;
    private readonly CancellationTokenSource _stop = new();

    /// <param name="answer">Null breaks the connection.</param>
    public RawHttpServer(Func<RawRequest, RawAnswer?> answer)
    {
        _answer = answer;
        _listener.Start();
        Endpoint = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _ = AcceptAsync();
    }

    public string Endpoint { get; }

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            for (; ; )
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = Task.Run(() => ServeAsync(client));
            }
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = new BufferedStream(client.GetStream());
                while (await ReadAsync(stream) is { } request && _answer(request) is { } answer)
                {
                    await WriteAsync(stream, request, answer);
                }
            }
            catch (IOException)
            {
                // The client has gone.
            }
        }
    }

    private static async Task<RawRequest?> ReadAsync(Stream stream)
    {
        if (ReadLine(stream) is not { Length: > 0 } first)
        {
            return null;
        }

        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (ReadLine(stream) is { Length: > 0 } line)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            headers[line[..colon]] = line[(colon + 1)..].Trim();
        }

        if (headers.ContainsKey("Expect"))
        {
            await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray());
            await stream.FlushAsync();
        }

        var body = new byte[int.Parse(headers.GetValueOrDefault("Content-Length", "0"), CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body);
        var words = first.Split(' ');
        var target = words[1].Split('?', 2);
        var query = HttpUtility.ParseQueryString(target.Length > 1 ? target[1] : "");
        return new RawRequest(words[0], Uri.UnescapeDataString(target[0]), name => query[name], headers, body);
    }

    private static string? ReadLine(Stream stream)
    {
        var line = new StringBuilder();
        for (; ; )
        {
            switch (stream.ReadByte())
            {
                case -1:
                    return null;
                case '\n':
                    return line.ToString().TrimEnd('\r');
                case var character:
                    line.Append((char)character);
                    break;
            }
        }
    }

    private static async Task WriteAsync(Stream stream, RawRequest request, RawAnswer answer)
    {
        var head = new StringBuilder();
        head.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {answer.Status} Status\r\nContent-Length: {answer.Body.Length}\r\n");
        foreach (var (name, value) in answer.Headers)
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()));
        if (request.Method != "HEAD")
        {
            await stream.WriteAsync(answer.Body);
        }

        await stream.FlushAsync();
    }
}

internal sealed record RawRequest(
    string Method,
    string Path,
    Func<string, string?> Query,
    IReadOnlyDictionary<string, string> Headers,
    byte[] Body);

/// <param name="Status">The status code.</param>
/// <param name="Body">Not sent to HEAD, but for its length.</param>
internal sealed record RawAnswer(int Status, byte[] Body)
{
    public Dictionary<string, string> Headers { get; } = [];
}
