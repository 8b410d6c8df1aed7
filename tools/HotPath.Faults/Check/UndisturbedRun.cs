using HotPath.Faults.Load;
using HotPath.Faults.Target;

namespace HotPath.Faults.Check;

/// <summary>What a service has in its tables that was sent the same calls and nothing else, and that nothing disturbed.</summary>
internal static class UndisturbedRun
{
    private const int Shards = 1;

    /// <param name="clients">As many calls of each as were acknowledged.</param>
    /// <param name="directory">Of its own.</param>
    /// <param name="seed">The clients'.</param>
    public static async Task<StoredRows> OfAsync(IReadOnlyList<PutClient> clients, string directory, int seed)
    {
        var place = Place.In(directory) with { Shards = Shards };
        await using var service = new Service(place);
        await service.StartAsync();
        if (!await service.WaitUntilReadyAsync())
        {
            throw new CampaignFaultException($"The undisturbed run does not start:\n{service.Messages}");
        }

        await Task.WhenAll(clients.Select(async (client, index) =>
        {
            using var again = new PutClient(place.KinesisPort, seed, index);
            await again.SendAsync(client.CallsAcknowledged, CancellationToken.None);
        }));
        await service.WaitUntilQuietAsync();
        await service.StopAsync();
        return await StoredRows.ReadAsync(place.Tables);
    }
}
