using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HotPath.Engine.Shard;

namespace HotPath.Engine.Tests.Shard;

/// <summary>What a reading that flips nothing touches: one line of its machine, one of its tag, one of the ring of readings.</summary>
public sealed unsafe class ShardLayoutTests
{
    private const int LineBytes = 64;

    [Fact]
    public void Machine_begins_with_the_line_that_every_reading_needs()
    {
        Machine machine;
        var at = (byte*)&machine;

        Assert.Equal(3 * LineBytes, Unsafe.SizeOf<Machine>());
        Assert.True((byte*)&machine.Tags - at < LineBytes);
        Assert.True((byte*)&machine.OtherTags - at < LineBytes);
        Assert.True((byte*)&machine.Remembered - at < LineBytes);
        Assert.True((byte*)&machine.NowMicros - at < LineBytes);
        Assert.True((byte*)&machine.WaitingCount - at < LineBytes);

        // The timers' least key stands first in the heap.
        Assert.Equal(LineBytes - sizeof(long), (byte*)&machine.Timers - at);
    }

    [Fact]
    public void What_waits_is_found_by_the_second_and_third_line_of_the_machine()
    {
        Machine machine;
        var at = (byte*)&machine;

        Assert.Equal(1, ((byte*)&machine.Waiting - at) / LineBytes);
        Assert.Equal(1, ((byte*)&machine.GroupKey - at) / LineBytes);
        Assert.Equal(2, ((byte*)&machine.WaitingParts - at) / LineBytes);
        Assert.Equal(2, ((byte*)&machine.Prints - at) / LineBytes);
        Assert.Equal(0, LineBytes % Unsafe.SizeOf<WaitingPart>());
        Assert.Equal(0, LineBytes % (HeapEntry.ChildCount * Unsafe.SizeOf<HeapEntry>()));
    }

    [Fact]
    public void Tag_is_one_cache_line()
    {
        Assert.Equal(LineBytes, Unsafe.SizeOf<TagState>());
    }

    [Fact]
    public void Blocks_of_whole_cache_lines_begin_at_one()
    {
        using var pool = new NativePool();
        foreach (var bytes in new[] { 16, 64, 48, 128, 80, 256, 24, 4096, 1280 })
        {
            var block = (nuint)pool.Take(bytes);

            Assert.Equal(0u, block % (bytes % LineBytes == 0 ? LineBytes : 16u));
        }
    }

    [Fact]
    public void Remembered_readings_do_not_cross_lines()
    {
        Assert.Equal(0, LineBytes % Marshal.SizeOf<RememberedReading>());
    }
}
