using HotPath.Faults.Target;

namespace HotPath.Faults.Load;

/// <summary>
/// Everybody who sends to one service: clients of PutRecords and one sender of UDP, each a task. A sender that breaks ends
/// the campaign with its fault: it would be waited for without end otherwise. One task.
/// </summary>
internal sealed class Senders(int clientCount, int kinesisPort, int udpPort, int seed, bool isCredulous) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _givingUp = new();
    private readonly UdpSender _udp = new(udpPort, seed);
    private Task[] _tasks = [];

    public PutClient[] Clients { get; } =
    [
        .. Enumerable.Range(0, clientCount).Select(index => new PutClient(kinesisPort, seed, index) { IsCredulous = isCredulous }),
    ];

    public long DatagramsSent => _udp.DatagramsSent;

    public long ReadingsAcknowledged => Clients.Sum(client => PutClient.ReadingsOf(client.CallsAcknowledged));

    public long CallsRepeated => Clients.Sum(client => client.CallsRepeated);

    public void Start() =>
        _tasks = [_udp.RunAsync(_stop.Token), .. Clients.Select(client => client.RunAsync(_stop.Token, _givingUp.Token))];

    /// <exception cref="CampaignFaultException">One of them is broken: what it did not send proves nothing.</exception>
    public void ThrowIfBroken()
    {
        if (_tasks.FirstOrDefault(task => task.IsFaulted) is { } broken)
        {
            throw new CampaignFaultException($"A sender broke: {broken.Exception!.InnerException}");
        }
    }

    /// <summary>No further call; those under way are sent until they are answered, while the service lives.</summary>
    /// <returns>What went wrong, in words; null is good.</returns>
    public async Task<string?> EndAsync(Service service)
    {
        await _stop.CancelAsync();
        using var patience = new CancellationTokenSource(Patience);
        while (Clients.Any(client => client.IsCallUnderWay) && !service.HasExited)
        {
            ThrowIfBroken();
            if (patience.IsCancellationRequested)
            {
                return $"a call is not answered within {Patience}, though the service is ready:\n{service.Messages}";
            }

            await Task.Delay(10, CancellationToken.None);
        }

        return null;
    }

    /// <summary>Whatever is under way is left, and all tasks are over.</summary>
    public async Task GiveUpAsync()
    {
        await _stop.CancelAsync();
        await _givingUp.CancelAsync();
        await Task.WhenAll(_tasks.Select(task => task.ContinueWith(_ => { }, TaskScheduler.Default)));
        ThrowIfBroken();
    }

    public void Dispose()
    {
        _stop.Cancel();
        _givingUp.Cancel();
        _stop.Dispose();
        _givingUp.Dispose();
        _udp.Dispose();
        foreach (var client in Clients)
        {
            client.Dispose();
        }
    }
}
