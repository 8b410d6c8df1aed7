namespace HotPath.Tests;

/// <summary>What a start goes on from, and what it shows before the first reading comes.</summary>
public sealed class RestartTests : IDisposable
{
    private readonly PipelineRig _rig = new();

    [Fact]
    public async Task A_stop_takes_a_last_snapshot_and_the_next_start_goes_on_from_it()
    {
        long lastLsn;
        await using (var first = await _rig.StartAsync())
        {
            await PipelineRig.SendAsync(first, speed: 10, second: 1);
            await PipelineRig.SendAsync(first, speed: 0, second: 2);
            lastLsn = first.Engine.SafeLsn;
            await first.StopAsync();
        }

        await using var second = await _rig.StartAsync();

        // Only ticks come after it.
        Assert.True(second.Engine.Recovered.SnapshotLsn > lastLsn, $"snapshot {second.Engine.Recovered.SnapshotLsn}, last reading {lastLsn}");
        await second.StopAsync();
    }

    /// <summary>The page shows machines as they are from the first second on, whether or not they send anything.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_live_view_knows_states_and_open_downtimes_after_a_restart(bool fromSnapshot)
    {
        await using (var first = await _rig.StartAsync())
        {
            await PipelineRig.SendAsync(first, speed: 10, second: 1);
            await PipelineRig.SendAsync(first, speed: 0, second: 2);
            await PipelineRig.UntilAsync(() => first.Live.Downtimes(_ => true).Count == 1);
            await first.StopAsync();
        }

        if (!fromSnapshot)
        {
            Directory.Delete(Path.Combine(_rig.Data, "snapshots"), recursive: true);
        }

        await using var second = await _rig.StartAsync();
        Assert.Equal(fromSnapshot, second.Engine.Recovered.SnapshotLsn >= 0);
        Assert.Equal(0, second.View.Books.Received);
        var machine = (await PipelineRig.AskAsync(second, "api/v1/equipment")).GetProperty("items").EnumerateArray().Single();
        Assert.Equal("filler-1", machine.GetProperty("id").GetString());
        Assert.Contains("STOPPED", machine.GetRawText(), StringComparison.Ordinal);
        var downtime = Assert.Single(second.Live.Downtimes(_ => true));
        Assert.True(downtime.IsOpen);

        // What ends it is the same downtime's end, not a new one.
        await PipelineRig.SendAsync(second, speed: 7, second: 60);
        await PipelineRig.UntilAsync(() => second.Live.Downtimes(row => row.IsOpen).Count == 0);
        await second.StopAsync();
        Assert.Equal(3, await _rig.RowsAsync("transitions"));
    }

    public void Dispose() => _rig.Dispose();
}
