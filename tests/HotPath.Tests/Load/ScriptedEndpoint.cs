using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace HotPath.Tests.Load;

/// <summary>
/// An HTTP/1.1 endpoint that keeps what it is sent and answers by script: a function of the call's number.
/// </summary>
internal sealed class ScriptedEndpoint : IDisposable
{
    /// <summary>In place of a status: read the call and close the connection.</summary>
    public const int HangUp = 0;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<int, (int Status, string Body)> _script;
    private readonly List<string> _bodies = [];
    private readonly Thread _thread;

    public ScriptedEndpoint(Func<int, (int Status, string Body)> script)
    {
        _script = script;
        _listener.Start();
        _thread = new Thread(Serve) { IsBackground = true };
        _thread.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Bodies of all calls, once the caller has had its answers.</summary>
    public string[] Bodies => [.. _bodies];

    public void Dispose()
    {
        _listener.Stop();
        _thread.Join();
    }

    private void Serve()
    {
        try
        {
            while (true)
            {
                using var client = _listener.AcceptTcpClient();
                using var stream = client.GetStream();
                while (TryServe(stream))
                {
                }
            }
        }
        catch (Exception fault) when (fault is SocketException or IOException or InvalidOperationException)
        {
            // The listener was stopped, or the caller went.
        }
    }

    private bool TryServe(NetworkStream stream)
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var next = stream.ReadByte();
            if (next < 0)
            {
                return false;
            }

            head.Append((char)next);
        }

        var length = head.ToString().Split("Content-Length: ")[1].Split('\r')[0];
        var body = new byte[int.Parse(length, CultureInfo.InvariantCulture)];
        stream.ReadExactly(body);
        var (status, answer) = _script(_bodies.Count);
        _bodies.Add(Encoding.UTF8.GetString(body));
        if (status == HangUp)
        {
            return false;
        }

        stream.Write(Encoding.UTF8.GetBytes(
            $"HTTP/1.1 {status} Text\r\ncontent-length: {answer.Length}\r\nX-Amzn-Other: 1\r\n\r\n{answer}"));
        return true;
    }
}
