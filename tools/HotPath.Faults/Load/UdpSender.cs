using System.Net;
using System.Net.Sockets;
using System.Text;

namespace HotPath.Faults.Load;

/// <summary>
/// A sender of single readings by UDP, with one in a hundred that cannot be read. It learns nothing of what becomes of
/// them. One task.
/// </summary>
internal sealed class UdpSender(int port, int seed) : IDisposable
{
    private const int MachineCount = 3;
    private const int DatagramsPerPause = 10;

    private readonly UdpClient _socket = new();

    public long DatagramsSent { get; private set; }

    public async Task RunAsync(CancellationToken stop)
    {
        _socket.Connect(IPAddress.Loopback, port);
        for (var sequence = 0L; !stop.IsCancellationRequested; sequence++)
        {
            for (var machine = 0; machine < MachineCount; machine++)
            {
                var json = sequence % 100 == 99 ? "{\"broken\":" : Plant.Reading(seed, $"udp-{machine}", sequence).ToJson("udp");
                await TrySendAsync(Encoding.UTF8.GetBytes(json));
            }

            if (sequence % DatagramsPerPause == 0)
            {
                await Task.Delay(15, CancellationToken.None);
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>While nobody listens the kernel says so by a refused connection.</summary>
    private async Task TrySendAsync(byte[] datagram)
    {
        try
        {
            await _socket.SendAsync(datagram);
            DatagramsSent++;
        }
        catch (SocketException)
        {
            // Nobody there: as lost as on a wire.
        }
    }
}
