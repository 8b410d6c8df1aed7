using System.Net;
using System.Net.Sockets;

namespace HotPath.Engine.Ingest;

/// <summary>Opens the sockets of a UDP listener, as its options say. Cold code: faults are exceptions of the BCL.</summary>
internal static class UdpSocket
{
    private const int LevelSocket = 1;
    private const int ReusePort = 15;
    private const int ReceiveBufferForce = 33;
    private const int LevelVersion4 = 0;
    private const int LevelVersion6 = 41;
    private const int MulticastAllVersion4 = 49;
    private const int MulticastAllVersion6 = 29;

    public static DatagramReceiver Open(UdpOptions options, bool portable = false)
    {
        var family = options.Listen.AddressFamily;
        var socket = new Socket(family, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (family == AddressFamily.InterNetworkV6)
            {
                // [::] takes IPv4 too; its senders keep their IPv4 names.
                socket.DualMode = true;
            }

            if (options.MulticastGroup is not null)
            {
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            }

            if (OperatingSystem.IsLinux() && options.Receivers > 1)
            {
                socket.SetRawSocketOption(LevelSocket, ReusePort, BitConverter.GetBytes(1));
            }

            var warning = GrowReceiveBuffer(socket, options.ReceiveBufferBytes);
            socket.Bind(options.Listen);
            Join(socket, options.MulticastGroup, options.MulticastInterface);
            return OperatingSystem.IsLinux() && Environment.Is64BitProcess && !portable
                ? new LinuxDatagramReceiver(socket, options.ReceivesRuns, warning)
                : new PortableDatagramReceiver(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void Join(Socket socket, IPAddress? group, IPAddress? card)
    {
        if (group is null)
        {
            return;
        }

        if (group.AddressFamily == AddressFamily.InterNetworkV6)
        {
            JoinedGroupsOnly(socket, LevelVersion6, MulticastAllVersion6);
            socket.SetSocketOption(
                SocketOptionLevel.IPv6, SocketOptionName.AddMembership, new IPv6MulticastOption(group, card?.ScopeId ?? 0));
            return;
        }

        JoinedGroupsOnly(socket, LevelVersion4, MulticastAllVersion4);
        socket.SetSocketOption(
            SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(group, card ?? IPAddress.Any));
    }

    /// <summary>Linux otherwise gives a socket what any process of the machine has joined on its port.</summary>
    private static void JoinedGroupsOnly(Socket socket, int level, int option)
    {
        if (OperatingSystem.IsLinux())
        {
            socket.SetRawSocketOption(level, option, BitConverter.GetBytes(0));
        }
    }

    private static string? GrowReceiveBuffer(Socket socket, int wantedBytes)
    {
        try
        {
            // Beyond the system's limit, for who may (CAP_NET_ADMIN).
            if (OperatingSystem.IsLinux())
            {
                socket.SetRawSocketOption(LevelSocket, ReceiveBufferForce, BitConverter.GetBytes(wantedBytes));
            }
        }
        catch (SocketException)
        {
            socket.ReceiveBufferSize = wantedBytes;
        }

        if (!OperatingSystem.IsLinux())
        {
            socket.ReceiveBufferSize = wantedBytes;
        }

        var heldBytes = socket.ReceiveBufferSize;
        return heldBytes >= wantedBytes
            ? null
            : $"The kernel holds {heldBytes} bytes for UDP instead of {wantedBytes}: a pause of the engine loses datagrams "
                + $"sooner. Allow more: sysctl -w net.core.rmem_max={wantedBytes}";
    }
}
