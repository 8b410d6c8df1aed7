using HotPath.Engine.Agents;
using HotPath.Engine.Native;

namespace HotPath.Engine.Tests.Agents;

public sealed class BatchCpuTests
{
    private const long NanosPerBatch = 20_000;

    [Fact]
    public void Batches_that_use_the_thread_s_clock_so_long_are_estimated_at_no_less_and_what_lies_between_is_left_out()
    {
        var cpu = new BatchCpu();
        var startNanos = Libc.ThreadCpuNanos();
        var withinNanos = 0L;
        for (var batch = 0; batch < BatchCpu.BatchesPerSample * 50; batch++)
        {
            Spend();
            var before = Libc.ThreadCpuNanos();
            cpu.Begin();
            Spend();
            cpu.End();
            withinNanos = Math.Max(withinNanos, Libc.ThreadCpuNanos() - before);
        }

        var atLeast = BatchCpu.BatchesPerSample * 50 * NanosPerBatch / 1e9;
        var atMost = BatchCpu.BatchesPerSample * 50 * withinNanos / 1e9;
        Assert.InRange(cpu.Seconds, atLeast, atMost);
        Assert.True(Libc.ThreadCpuNanos() - startNanos >= 2e9 * atLeast);
    }

    [Fact]
    public void Measuring_allocates_nothing()
    {
        var cpu = new BatchCpu();
        Measure(cpu);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Measure(cpu);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.True(cpu.Seconds > 0);
    }

    /// <summary>The first time the runtime binds the call of the system, and allocates for that.</summary>
    private static void Measure(BatchCpu cpu)
    {
        for (var batch = 0; batch < 1_000; batch++)
        {
            cpu.Begin();
            cpu.End();
        }
    }

    private static void Spend()
    {
        var until = Libc.ThreadCpuNanos() + NanosPerBatch;
        while (Libc.ThreadCpuNanos() < until)
        {
            // Uses CPU.
        }
    }
}
