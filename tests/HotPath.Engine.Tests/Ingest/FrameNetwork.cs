using HotPath.Engine.Decode;

namespace HotPath.Engine.Tests.Ingest;

/// <summary>
/// Senders of frames and a network between them and some receivers, by a seed: datagrams are lost, doubled, reordered
/// near and far, senders restart and move from one receiver to another. Tells what a ledger must find.
/// </summary>
internal sealed class FrameNetwork
{
    private readonly Random _random;
    private readonly int _receiverCount;
    private readonly List<(double At, Arrival Arrival)> _arrivals = [];

    /// <param name="random">Seeded.</param>
    /// <param name="startMicros">No sender starts before, but for those that say so.</param>
    public FrameNetwork(Random random, long startMicros, int receiverCount, int senderCount, int datagramsMax)
    {
        _random = random;
        _receiverCount = receiverCount;
        for (var sender = 1; sender <= senderCount; sender++)
        {
            var at = random.NextDouble() * datagramsMax;
            var epoch = (ulong)startMicros * 1_000;
            var epochs = random.Next(1, 4);
            for (var index = 0; index < epochs; index++, epoch += (ulong)random.NextInt64(1, 1L << 40))
            {
                // Some have been up for so long that their counters have outgrown 32 bits.
                at = AddEpoch((ulong)sender, epoch, at, random.Next(1, datagramsMax), isOld: index == 0 && random.Next(4) == 0);
            }
        }

        _arrivals.Sort((left, right) => left.At.CompareTo(right.At));
    }

    public IEnumerable<Arrival> Arrivals => _arrivals.Select(arrival => arrival.Arrival);

    private double AddEpoch(ulong sender, ulong epoch, double at, int datagrams, bool isOld)
    {
        var sequence = isOld ? (1UL << 32) - (ulong)_random.Next(2_000) : 0;
        var reading = isOld ? (1UL << 33) - (ulong)_random.Next(2_000) : 0;
        var receiver = _random.Next(_receiverCount);
        var lossPercent = _random.Next(40);
        var reach = _random.Next(3) switch { 0 => 1, 1 => 50, _ => 6_000 };
        for (var index = 0; index < datagrams; index++, at++)
        {
            receiver = _random.Next(200) == 0 ? _random.Next(_receiverCount) : receiver;
            var header = new FrameHeader
            {
                SenderId = sender,
                Epoch = epoch,
                DatagramSequence = sequence++,
                FirstReadingSequence = reading,
                ReadingCount = (uint)_random.Next(60),
                Flags = _random.Next(50) == 0 ? FrameFlags.Heartbeat : FrameFlags.None,

                // What began before the ledger did says so by its uptime.
                SendTimeNanos = isOld ? (long)epoch + (long.MaxValue / 4) : 0,
            };
            reading += header.Readings;
            for (var copies = Copies(lossPercent); copies > 0; copies--)
            {
                var farther = _random.Next(300) == 0 ? 40_000 : 0;
                _arrivals.Add((at + (_random.NextDouble() * (reach + farther)), new Arrival(receiver, header)));
            }
        }

        return at;
    }

    private int Copies(int lossPercent) => _random.Next(100) < lossPercent ? 0 : _random.Next(20) == 0 ? 2 : 1;
}

/// <summary>A datagram at a receiver.</summary>
internal readonly record struct Arrival(int Receiver, FrameHeader Header);
