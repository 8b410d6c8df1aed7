using HotPath.Delta;
using HotPath.Delta.Log;

namespace HotPath.Tests.Sink;

/// <summary>Tables that are away, switched off or taken by somebody else: everything else goes on, and no row is lost.</summary>
public sealed class SinkAwayTests : IDisposable
{
    private readonly PipelineRig _rig = new();

    /// <summary>
    /// Cause: a start opened the tables before anything else. Symptom: a service that was started while their disk or store
    /// was away ended at once, and nothing was detected until somebody mended it.
    /// </summary>
    [Fact]
    public async Task A_start_without_its_tables_detects_and_writes_them_once_they_are_back()
    {
        await using (var first = await _rig.StartAsync())
        {
            await PipelineRig.SendAsync(first, speed: 10, second: 1);
            await first.StopAsync();
        }

        Directory.Move(_rig.Tables, _rig.Away);
        await using var second = await _rig.StartAsync();
        Assert.NotNull(PipelineRig.TablesProblem(second));
        await PipelineRig.SendAsync(second, speed: 0, second: 2);
        await PipelineRig.UntilAsync(() => second.Live.Transitions(null, 10, _ => true).Count == 1);
        Assert.False(Directory.Exists(_rig.Tables), "tables were begun anew in place of those that are away");
        Directory.Move(_rig.Away, _rig.Tables);
        await PipelineRig.UntilAsync(() => second.Sink.Tables.Count > 0);
        await second.StopAsync();

        Assert.Null(second.Sink.Problem);
        Assert.Equal((2, 2), (await _rig.RowsAsync("readings"), await _rig.RowsAsync("transitions")));
    }

    /// <summary>
    /// Cause: the place before the first flush was also the mark for "nothing waits". Symptom: until the first flush the
    /// tables' lag was the time since the machine was booted, and its alert fired at every first start.
    /// </summary>
    [Fact]
    public async Task Before_the_first_flush_the_tables_are_behind_for_no_longer_than_the_service_is_up()
    {
        var since = TimeProvider.System.GetTimestamp();
        await using var pipeline = await _rig.StartAsync();
        do
        {
            var lag = pipeline.View.Delta.LagSeconds;
            Assert.InRange(lag, 0, TimeProvider.System.GetElapsedTime(since).TotalSeconds);
        }
        while (pipeline.Sink.PositionLsn < 0);

        await pipeline.StopAsync();
    }

    [Fact]
    public async Task Tables_that_go_away_under_way_get_every_row_once_when_they_are_back()
    {
        await using var pipeline = await _rig.StartAsync();
        await PipelineRig.SendAsync(pipeline, speed: 10, second: 1);
        await PipelineRig.UntilAsync(() => pipeline.Sink.PositionLsn >= pipeline.Engine.SafeLsn);
        Directory.Move(_rig.Tables, _rig.Away);
        Directory.CreateDirectory(_rig.Tables);
        await PipelineRig.SendAsync(pipeline, speed: 0, second: 2);
        await PipelineRig.UntilAsync(() => PipelineRig.TablesProblem(pipeline) is not null);
        await PipelineRig.SendAsync(pipeline, speed: 5, second: 3);
        Directory.Delete(_rig.Tables);
        Directory.Move(_rig.Away, _rig.Tables);
        await PipelineRig.UntilAsync(() => PipelineRig.TablesProblem(pipeline) is null);
        await pipeline.StopAsync();

        Assert.Equal((3, 3), (await _rig.RowsAsync("readings"), await _rig.RowsAsync("transitions")));
    }

    /// <summary>The position says what the tables hold, not what they were to hold: a process may end between the two.</summary>
    [Fact]
    public async Task What_a_commit_that_failed_did_not_write_is_written_by_the_next_process()
    {
        await using (var first = await _rig.StartAsync())
        {
            await PipelineRig.SendAsync(first, speed: 10, second: 1);
            await PipelineRig.UntilAsync(() => first.Sink.PositionLsn >= first.Engine.SafeLsn);
            Directory.Move(_rig.Tables, _rig.Away);
            Directory.CreateDirectory(_rig.Tables);
            await PipelineRig.SendAsync(first, speed: 0, second: 2);
            await PipelineRig.UntilAsync(() => PipelineRig.TablesProblem(first) is not null);
        }

        Directory.Delete(_rig.Tables);
        Directory.Move(_rig.Away, _rig.Tables);
        await using (var second = await _rig.StartAsync())
        {
            await second.StopAsync();
        }

        Assert.Equal((2, 2), (await _rig.RowsAsync("readings"), await _rig.RowsAsync("transitions")));
    }

    [Fact]
    public async Task A_first_start_whose_tables_cannot_be_made_says_so_and_ends()
    {
        Directory.CreateDirectory(_rig.Tables);
        await File.WriteAllTextAsync(Path.Combine(_rig.Tables, "readings"), "a file in the table's place");

        await Assert.ThrowsAnyAsync<IOException>(() => _rig.StartAsync());
    }

    [Fact]
    public async Task Without_tables_none_is_made_and_the_journal_keeps_their_rows()
    {
        await using (var off = await _rig.StartAsync(hasTables: false))
        {
            await PipelineRig.SendAsync(off, speed: 10, second: 1);
            await PipelineRig.SendAsync(off, speed: 0, second: 2);
            Assert.Null(PipelineRig.TablesProblem(off));
            await off.StopAsync();
        }

        Assert.False(Directory.Exists(_rig.Tables));
        await using (var on = await _rig.StartAsync())
        {
            await on.StopAsync();
        }

        Assert.Equal((2, 2), (await _rig.RowsAsync("readings"), await _rig.RowsAsync("transitions")));
    }

    /// <summary>Another writer under our application id: two of us would write every row twice.</summary>
    [Fact]
    public async Task A_fenced_sink_stops_alone_and_the_rest_lives()
    {
        await using (var pipeline = await _rig.StartAsync())
        {
            await PipelineRig.SendAsync(pipeline, speed: 10, second: 1);
            await PipelineRig.UntilAsync(() => pipeline.Sink.PositionLsn >= pipeline.Engine.SafeLsn);
            await FenceAsync(pipeline);
            await PipelineRig.SendAsync(pipeline, speed: 0, second: 2);
            await PipelineRig.UntilAsync(() => PipelineRig.TablesProblem(pipeline) is not null);
            var position = pipeline.Sink.PositionLsn;

            Assert.Contains("refused our rows", PipelineRig.TablesProblem(pipeline), StringComparison.Ordinal);
            await PipelineRig.SendAsync(pipeline, speed: 5, second: 3);
            await PipelineRig.UntilAsync(() => pipeline.Live.Transitions(null, 10, _ => true).Count == 3);
            var status = await PipelineRig.AskAsync(pipeline, "api/v1/status");
            Assert.False(status.GetProperty("isReady").GetBoolean());
            Assert.False(pipeline.Failed.IsCompleted);
            Assert.Equal(position, pipeline.Sink.PositionLsn);
            await pipeline.StopAsync();
        }

        Assert.Equal(1, await _rig.RowsAsync("readings"));
    }

    public void Dispose() => _rig.Dispose();

    /// <summary>What a second process on a copy of the same data would do: commit further than we are.</summary>
    private async Task FenceAsync(Pipeline pipeline)
    {
        using var other = await DeltaTable.OpenAsync(Path.Combine(_rig.Tables, "readings"));
        var application = $"hotpath/{pipeline.Engine.Journal.Recovery.Instance}/readings";
        Assert.NotNull(other.LatestTxn(application));
        var result = await other.AppendAsync(
            Array.Empty<PartitionRows>(), new AppendOptions { Txns = [new Txn(application, pipeline.Engine.SafeLsn + 1_000)] });
        Assert.Equal(AppendOutcome.Committed, result.Outcome);
    }
}
