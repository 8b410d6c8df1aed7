using HotPath.Configuration;
using HotPath.Engine.Journal;
using HotPath.Engine.Native;
using HotPath.Engine.Ring;

namespace HotPath.Tests.Sink;

/// <summary>A part of the journal that the tables still need cannot be read: journal.onCorruption halt and continue.</summary>
public sealed class SinkDamageTests : IDisposable
{
    private readonly PipelineRig _rig = new();

    /// <summary>
    /// Cause: the sink took a damaged range of the journal for one that was never given. Symptom: its readings were missing
    /// in the tables for good, with readiness green and no word in the log.
    /// </summary>
    [Fact]
    public async Task Damage_stops_the_tables_with_its_place_and_nothing_else()
    {
        var lsn = await LiveWithoutTablesAsync();
        DamageFrameOf(lsn);

        await using var pipeline = await _rig.StartAsync();
        await PipelineRig.UntilAsync(() => PipelineRig.TablesProblem(pipeline) is not null);
        var before = pipeline.Live.Transitions(null, 10, _ => true).Count;
        await PipelineRig.SendAsync(pipeline, speed: 0, second: 4);
        await PipelineRig.UntilAsync(() => pipeline.Live.Transitions(null, 10, _ => true).Count == before + 1);

        Assert.Contains($"damaged from LSN {lsn} to {lsn}", PipelineRig.TablesProblem(pipeline), StringComparison.Ordinal);
        Assert.False(pipeline.Failed.IsCompleted);
        Assert.Equal(0, await _rig.RowsAsync("readings"));
        Assert.True(pipeline.Sink.PositionLsn < lsn);
    }

    [Fact]
    public async Task Damage_is_counted_and_gone_on_without_when_the_configuration_says_so()
    {
        var lsn = await LiveWithoutTablesAsync();
        DamageFrameOf(lsn);

        await using var pipeline = await _rig.StartAsync(change: configuration =>
            configuration with { Journal = configuration.Journal with { OnCorruption = CorruptionPolicy.Continue } });
        await PipelineRig.UntilAsync(() => pipeline.Sink.PositionLsn >= lsn);
        var unreadable = pipeline.Sink.UnreadableSlots;
        await pipeline.StopAsync();

        Assert.Equal(1, unreadable);
        Assert.Null(pipeline.Sink.Problem);
        Assert.Equal((2, 3), (await _rig.RowsAsync("readings"), await _rig.RowsAsync("transitions")));
    }

    public void Dispose() => _rig.Dispose();

    /// <returns>The LSN of the second of three readings that no table holds.</returns>
    private async Task<long> LiveWithoutTablesAsync()
    {
        await using var pipeline = await _rig.StartAsync(hasTables: false);
        await PipelineRig.SendAsync(pipeline, speed: 10, second: 1);
        await PipelineRig.SendAsync(pipeline, speed: 0, second: 2);
        await PipelineRig.SendAsync(pipeline, speed: 5, second: 3);
        await pipeline.StopAsync();

        using var journal = pipeline.Engine.Journal.NewReader(0);
        var readings = new List<long>();
        JournalRead read;
        while ((read = journal.TryRead(pipeline.Engine.SafeLsn)) != JournalRead.End)
        {
            var slots = read == JournalRead.Slots ? journal.Slots : default;
            for (var index = 0; index < slots.Length; index++)
            {
                if (slots[index].Kind == SlotKind.Reading)
                {
                    readings.Add(journal.FirstLsn + index);
                }
            }
        }

        Assert.Equal(3, readings.Count);
        return readings[1];
    }

    private void DamageFrameOf(long lsn)
    {
        var directory = Path.Combine(_rig.Data, "journal");
        var name = JournalSegments.NameOf(1);
        using var cursor = new SegmentCursor();
        Assert.Equal(SegmentHeaderCheck.Valid, cursor.Open(new LibcDisk(directory), name));
        var offset = cursor.Offset;
        while (cursor.TryMoveNext(out var header) && header.LastLsn < lsn)
        {
            offset = cursor.Offset;
        }

        using var file = File.Open(Path.Combine(directory, name), FileMode.Open);
        file.Position = offset + FrameHeader.SizeBytes;
        var first = file.ReadByte();
        file.Position--;
        file.WriteByte((byte)(first ^ 1));
    }
}
