using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using HotPath.TestKit;

namespace HotPath.Interop.Tests;

/// <summary>Another Kinesis-compatible service as a process of its own.</summary>
internal sealed class PeerService : IDisposable
{
    private readonly IDisposable _running;

    private PeerService(IDisposable running, string endpoint)
    {
        _running = running;
        Endpoint = endpoint;
    }

    public string Endpoint { get; }

    /// <param name="package"><c>kinesalite</c>, <c>kinesis-local</c>, or <c>hotpath</c> itself, which keeps the records it gets.</param>
    /// <param name="rules">For HotPath.</param>
    public static async Task<PeerService> StartAsync(string package, string rules)
    {
        if (package == "hotpath")
        {
            var directory = new TemporaryDirectory();
            var service = await HotPathProcess.StartAsync(
                directory.Path, rules, "ms", kinesisMore: "  allowAdministration: true\n  retainRaw: { time: 1h }");
            return new PeerService(new Running(() =>
            {
                service.Dispose();
                directory.Dispose();
            }), service.Endpoint);
        }

        var port = FreePort();
        var text = port.ToString(CultureInfo.InvariantCulture);
        var modules = Surroundings.NodeModules;
        var start = package == "kinesalite"
            ? new ProcessStartInfo("node", [Path.Combine(modules, package, "cli.js"), "--port", text, "--shardLimit", "100"])
            : new ProcessStartInfo("node", [Path.Combine(modules, package, "main.js")])
            {
                Environment =
                {
                    ["KINESIS_MOCK_PLAIN_PORT"] = text,
                    ["KINESIS_MOCK_TLS_PORT"] = FreePort().ToString(CultureInfo.InvariantCulture),
                    ["LOG_LEVEL"] = "ERROR",
                    ["SHARD_LIMIT"] = "100",
                },
                WorkingDirectory = Path.Combine(modules, package),
            };
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await ListeningAsync(port, process);
        return new PeerService(new Running(() =>
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }), $"http://127.0.0.1:{port}");
    }

    public void Dispose() => _running.Dispose();

    private static async Task ListeningAsync(int port, Process process)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            using var probe = new TcpClient();
            try
            {
                await probe.ConnectAsync(IPAddress.Loopback, port, patience.Token);
                return;
            }
            catch (SocketException) when (!process.HasExited)
            {
                await poll.WaitForNextTickAsync(patience.Token);
            }
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private sealed class Running(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
