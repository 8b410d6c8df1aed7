using System.Globalization;

namespace HotPath.LoadGenerator.Udp;

/// <summary>What this system gives sockets.</summary>
internal static class SocketBuffers
{
    private const string ReceiveBytesMaxFile = "/proc/sys/net/core/rmem_max";
    private const long ReceiveBytesMaxUnknown = 212_992; // Linux's default

    /// <summary>The largest receive buffer that a socket gets without privileges.</summary>
    public static long ReceiveBytesMax() =>
        File.Exists(ReceiveBytesMaxFile)
        && long.TryParse(File.ReadAllText(ReceiveBytesMaxFile), CultureInfo.InvariantCulture, out var bytes)
            ? bytes
            : ReceiveBytesMaxUnknown;
}
