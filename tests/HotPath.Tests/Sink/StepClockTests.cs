using HotPath.Engine.Native;
using HotPath.Sink;

namespace HotPath.Tests.Sink;

public sealed class StepClockTests
{
    private const long SpentNanos = 2_000_000;

    [Fact]
    public void Cpu_goes_to_the_step_that_was_entered_before_it_was_spent()
    {
        var clock = new StepClock();
        var startNanos = Libc.ThreadCpuNanos();

        clock.Enter(SinkStep.Sort);
        Spend();
        clock.Enter(SinkStep.Commit);
        Spend();
        Spend();
        clock.Enter(SinkStep.None);
        Spend();

        var totalNanos = Libc.ThreadCpuNanos() - startNanos;
        Assert.InRange(NanosOf(clock, SinkStep.Sort), SpentNanos, totalNanos - (3 * SpentNanos));
        Assert.InRange(NanosOf(clock, SinkStep.Commit), 2 * SpentNanos, totalNanos - (2 * SpentNanos));
        Assert.Equal(0, NanosOf(clock, SinkStep.Encode));
    }

    [Fact]
    public void Compressing_is_a_step_within_encoding()
    {
        var clock = new StepClock();

        clock.Enter(SinkStep.Encode);
        clock.OnCompressing();
        Spend();
        clock.OnCompressed();
        clock.Enter(SinkStep.None);

        Assert.True(NanosOf(clock, SinkStep.Compress) >= SpentNanos);
        Assert.True(NanosOf(clock, SinkStep.Encode) < NanosOf(clock, SinkStep.Compress));
    }

    [Fact]
    public void What_another_thread_compresses_is_none_of_the_sinks_steps()
    {
        var clock = new StepClock();
        clock.Enter(SinkStep.Encode);

        var upkeep = new Thread(() =>
        {
            clock.OnCompressing();
            Spend();
            clock.OnCompressed();
        });
        upkeep.Start();
        upkeep.Join();
        clock.Enter(SinkStep.None);

        Assert.Equal(0, NanosOf(clock, SinkStep.Compress));
    }

    /// <summary>Clocks of two threads cannot be compared: what lies between them is left out, and the next step counts.</summary>
    [Fact]
    public void A_step_that_ends_on_another_thread_is_left_out_and_the_next_one_counts()
    {
        var clock = new StepClock();
        clock.Enter(SinkStep.Commit);
        Spend();

        var other = new Thread(() =>
        {
            clock.Enter(SinkStep.Sort);
            Spend();
            clock.Enter(SinkStep.None);
        });
        other.Start();
        other.Join();

        Assert.Equal(0, NanosOf(clock, SinkStep.Commit));
        Assert.True(NanosOf(clock, SinkStep.Sort) >= SpentNanos);
    }

    private static long NanosOf(StepClock clock, SinkStep step) =>
        (long)Math.Round(clock.Seconds.Single(each => each.Step == step).CpuSeconds * 1e9);

    private static void Spend()
    {
        var until = Libc.ThreadCpuNanos() + SpentNanos;
        while (Libc.ThreadCpuNanos() < until)
        {
            // Uses CPU.
        }
    }
}
