using System.Buffers.Text;

namespace HotPath.LoadGenerator.Udp;

/// <summary>
/// Datagrams that all UDP listeners received, and those that the kernel dropped before them, as a metrics page in
/// Prometheus text says. What was dropped for another reason was received first.
/// </summary>
internal readonly record struct ReceiverCounters(long Received, long Dropped)
{
    private static ReadOnlySpan<byte> ReceivedName => "hotpath_datagrams_received_total{"u8;

    private static ReadOnlySpan<byte> DroppedName => "hotpath_datagrams_dropped_total{"u8;

    private static ReadOnlySpan<byte> UdpListener => "listener=\"udp:"u8;

    private static ReadOnlySpan<byte> ByKernel => "reason=\"kernel\""u8;

    public static ReceiverCounters Read(ReadOnlySpan<byte> page)
    {
        long received = 0;
        long dropped = 0;
        while (!page.IsEmpty)
        {
            var end = page.IndexOf((byte)'\n');
            var line = end < 0 ? page : page[..end];
            page = end < 0 ? [] : page[(end + 1)..];
            if (line.StartsWith(ReceivedName))
            {
                received += Value(line);
            }
            else if (line.StartsWith(DroppedName) && line.IndexOf(ByKernel) >= 0)
            {
                dropped += Value(line);
            }
        }

        return new ReceiverCounters(received, dropped);
    }

    private static long Value(ReadOnlySpan<byte> line)
    {
        var close = line.LastIndexOf((byte)'}');
        return close > 0 && line[..close].IndexOf(UdpListener) >= 0
            && Utf8Parser.TryParse(line[(close + 1)..].TrimStart((byte)' '), out double value, out _)
            ? (long)value
            : 0;
    }
}
