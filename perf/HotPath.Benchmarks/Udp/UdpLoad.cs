using System.Diagnostics;
using System.Net;
using System.Text.Json;
using HotPath.Benchmarks.EndToEnd;

namespace HotPath.Benchmarks.Udp;

/// <summary>
/// The load generator as a process of its own that sends frames of 24 readings, three envelopes of eight tags, of
/// 100,000 machine-tags.
/// </summary>
internal static class UdpLoad
{
    public const int ReadingsPerDatagram = 24;
    public const int Machines = 12_500;
    public const int Tags = 8;

    /// <summary>More than any sender makes: it waits for nobody.</summary>
    public const double Unpaced = 1e9;

    /// <param name="target">Where to.</param>
    /// <param name="cuts">Whether the kernel cuts runs of equal datagrams (UDP_SEGMENT).</param>
    /// <param name="more">How much, and how fast.</param>
    public static SentLoad Send(IPEndPoint target, bool cuts, params string[] more)
    {
        string[] single = cuts ? [] : ["--single-datagrams"];
        string[] arguments =
        [
            ServiceProcess.Binary("hotpath-load.dll"), "udp", "--target", target.ToString(), "--format", "frame", "--json",
            "--equipment", $"{Machines}", "--tags", $"{Tags}", "--datagram-readings", $"{ReadingsPerDatagram}",
            "--settle", "60s", .. single, .. more,
        ];
        using var load = Process.Start(new ProcessStartInfo("dotnet", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = load.StandardError.ReadToEndAsync();
        var output = load.StandardOutput.ReadToEnd();
        load.WaitForExit();
        if (load.ExitCode != 0)
        {
            throw new InvalidOperationException($"The generator failed: {errors.GetAwaiter().GetResult()}");
        }

        using var json = JsonDocument.Parse(output);
        var udp = json.RootElement.GetProperty("udp");
        var generator = json.RootElement.GetProperty("generator");
        return new SentLoad(
            udp.GetProperty("readings").GetInt64(),
            udp.GetProperty("datagrams").GetInt64() + udp.GetProperty("heartbeats").GetInt64(),
            generator.GetProperty("cpuSeconds").GetDouble() * 1e9,
            generator.GetProperty("limit").GetString()!);
    }
}

/// <summary>What the generator says it sent; heartbeats are datagrams.</summary>
internal sealed record SentLoad(long Readings, long Datagrams, double CpuNanos, string Limit);
