using HotPath.Engine.Journal;
using HotPath.Kinesis;

namespace HotPath.Tests.Kinesis;

public sealed class DurableGateTests : IDisposable
{
    private readonly DurableSignal _durable = new(10);

    public void Dispose() => _durable.Dispose();

    [Fact]
    public void Who_needs_what_is_already_durable_does_not_wait()
    {
        using var gate = NewGate();

        var wait = gate.WaitAsync(10, CancellationToken.None);

        Assert.True(wait.IsCompletedSuccessfully);
        Assert.Equal(0, gate.WaiterCount);
    }

    [Fact]
    public async Task Waiters_are_completed_in_the_order_of_their_lsns()
    {
        using var gate = NewGate();
        var late = gate.WaitAsync(30, CancellationToken.None);
        var early = gate.WaitAsync(20, CancellationToken.None);

        _durable.Publish(20);
        Assert.Equal(1, gate.DoWork());
        Assert.True(await early);
        Assert.False(late.IsCompleted);

        _durable.Publish(31);
        Assert.Equal(1, gate.DoWork());
        Assert.True(await late);
    }

    [Fact]
    public async Task A_closed_gate_says_who_was_not_durable()
    {
        using var gate = NewGate();
        var durable = gate.WaitAsync(11, CancellationToken.None);
        var lost = gate.WaitAsync(12, CancellationToken.None);

        _durable.Publish(11);
        gate.Close();

        Assert.True(await durable);
        Assert.False(await lost);
        Assert.False(await gate.WaitAsync(13, CancellationToken.None));
    }

    [Fact]
    public async Task Its_thread_completes_whom_the_journal_has_passed()
    {
        using var gate = NewGate();
        gate.Start();
        for (var lsn = 11L; lsn < 200; lsn++)
        {
            var wait = gate.WaitAsync(lsn, CancellationToken.None);
            _durable.Publish(lsn);
            Assert.True(await wait);
        }
    }

    [Fact]
    public void Waiting_allocates_nothing_once_warm()
    {
        using var gate = NewGate();
        var waits = new ValueTask<bool>[64];
        long allocated = -1;
        for (var round = 0; round < 200 && allocated != 0; round++)
        {
            allocated = AllocatedByWaiting(gate, waits);
        }

        Assert.Equal(0, allocated);
    }

#pragma warning disable CA2012 // Each is consumed once, after the gate's work: that is what is measured.
    private long AllocatedByWaiting(DurableGate gate, ValueTask<bool>[] waits)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var index = 0; index < waits.Length; index++)
        {
            waits[index] = gate.WaitAsync(_durable.DurableLsn + 1 + index, CancellationToken.None);
        }

        _durable.Publish(_durable.DurableLsn + waits.Length);
        gate.DoWork();
        foreach (var wait in waits)
        {
            Assert.True(wait.GetAwaiter().GetResult());
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
#pragma warning restore CA2012

    private DurableGate NewGate() => new(_durable);
}
