using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using HotPath.TestKit;

namespace HotPath.Benchmarks.Kinesis;

/// <summary>
/// The peer: npm's kinesalite as a process of its own, its stream in memory, with as many shards as ours has. Used by one
/// thread.
/// </summary>
internal sealed class Kinesalite : IDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(30);

    private readonly Process _process;

    private Kinesalite(int port)
    {
        Address = new IPEndPoint(IPAddress.Loopback, port);
        _process = Process.Start(new ProcessStartInfo(
            "node", [Program, "--port", port.ToString(CultureInfo.InvariantCulture), "--createStreamMs", "0"])
        {
            RedirectStandardOutput = true,
        })!;
        _process.BeginOutputReadLine();
    }

    /// <summary>Whether tools/interop/setup.sh has brought it.</summary>
    public static bool IsThere => File.Exists(Program);

    public IPEndPoint Address { get; }

    private static string Program => Path.Combine(Repository.Root, "tools", "interop", "node_modules", "kinesalite", "cli.js");

    /// <summary>Returns when the stream takes records.</summary>
    public static async Task<Kinesalite> StartAsync(string stream, int shardCount)
    {
        var peer = new Kinesalite(FreePort());
        var since = Stopwatch.GetTimestamp();
        using var http = new HttpClient();
        var isMade = false;
        while (Stopwatch.GetElapsedTime(since) < StartPatience)
        {
            try
            {
                isMade = isMade || await peer.CallAsync(http, "CreateStream", $$"""{"StreamName":"{{stream}}","ShardCount":{{shardCount}}}""") is not null;
                if (await peer.CallAsync(http, "DescribeStream", $$"""{"StreamName":"{{stream}}"}""") is { } said
                    && said.Contains("\"ACTIVE\"", StringComparison.Ordinal))
                {
                    return peer;
                }
            }
            catch (HttpRequestException) when (!peer._process.HasExited)
            {
                // Not listening yet.
            }

            await Task.Delay(100);
        }

        peer.Dispose();
        throw new InvalidOperationException("kinesalite does not take records.");
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>The answer's body; null when it was refused.</summary>
    private async Task<string?> CallAsync(HttpClient http, string operation, string body)
    {
        var signed = PutRecordsBody.Head(operation, Encoding.ASCII.GetBytes(body), Address.ToString());
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"http://{Address}/"));
        request.Content = new ByteArrayContent(Encoding.ASCII.GetBytes(body));
        foreach (var line in signed.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Skip(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var (name, value) = (line[..colon], line[(colon + 2)..]);
            _ = request.Headers.TryAddWithoutValidation(name, value) || request.Content.Headers.TryAddWithoutValidation(name, value);
        }

        using var answer = await http.SendAsync(request);
        return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync() : null;
    }
}
