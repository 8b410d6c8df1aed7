namespace HotPath.LoadGenerator.Udp;

/// <summary>
/// How many datagrams may be on their way to a receiver without filling its socket: those sent, less those that it says
/// it received or dropped. Written by the sender (<see cref="OnSent"/>) and the thread that reads the report.
/// </summary>
internal sealed class SendWindow
{
    /// <summary>
    /// What the kernel charges a socket for a datagram of 1,400 bytes: skb and its memory, rounded up.
    /// </summary>
    private const int ChargedBytes = 2_304;

    private const int DatagramsMin = 32;
    private const int DatagramsMost = 4_096;

    private long _sent;
    private long _done;
    private long _reported = -1; // the receiver's own count
    private volatile bool _asked;

    public SendWindow(int datagramsMax)
    {
        DatagramsMax = datagramsMax;
    }

    public int DatagramsMax { get; }

    public long InFlight => Volatile.Read(ref _sent) - Volatile.Read(ref _done);

    /// <summary>More than half is used, or somebody waits: it is time for the next report.</summary>
    public bool WantsReport => _asked || InFlight * 2 > DatagramsMax;

    /// <summary>
    /// Half of what the largest buffer holds that a socket gets without privileges (net.core.rmem_max, doubled by the
    /// kernel): the other half is for other senders and for what the report does not know yet.
    /// </summary>
    public static int DatagramsFor(long bufferBytesMax) =>
        (int)Math.Clamp(bufferBytesMax / ChargedBytes, DatagramsMin, DatagramsMost);

    public void OnSent(int datagrams) => Volatile.Write(ref _sent, _sent + datagrams);

    /// <summary>Somebody waits for the window.</summary>
    public void Ask() => _asked = true;

    /// <summary>
    /// The receiver's counters since its start. The first report is what stood there before this run; one below the
    /// last says that the receiver began anew, and then nothing of what was on its way will be reported any more.
    /// </summary>
    public void OnReport(long received, long dropped)
    {
        var reported = received + dropped;
        if (_reported >= 0 && InFlight > 0)
        {
            var progress = reported >= _reported ? reported - _reported : long.MaxValue;
            Interlocked.Add(ref _done, Math.Min(progress, InFlight));
        }

        _reported = reported;
        _asked = false;
    }

    /// <summary>Gives up waiting for what is on its way; returns how many datagrams that is.</summary>
    public long WriteOff()
    {
        var lost = InFlight;
        Interlocked.Add(ref _done, lost);
        return lost;
    }
}
