using HotPath.Engine.Ring;

namespace HotPath.Engine.Tests.Ring;

public sealed class SequencerTests
{
    [Fact]
    public void Claims_are_consecutive_from_the_first_lsn()
    {
        using var sequencer = NewSequencer(out _, firstLsn: 41);

        Assert.Equal(ClaimOutcome.Claimed, sequencer.TryClaim(3, 16, out var first));
        Assert.Equal(ClaimOutcome.Claimed, sequencer.TryClaim(1, 16, out var second));

        Assert.Equal(41, first);
        Assert.Equal(44, second);
        Assert.Equal(45, sequencer.NextLsn);
    }

    [Fact]
    public void Claim_that_would_overrun_the_slowest_reader_is_refused_and_changes_nothing()
    {
        using var sequencer = NewSequencer(out var gating);
        sequencer.TryClaim(16, 16, out _);

        Assert.Equal(ClaimOutcome.Full, sequencer.TryClaim(1, 16, out _));
        Assert.Equal(16, sequencer.NextLsn);

        gating.Publish(0);
        Assert.Equal(ClaimOutcome.Claimed, sequencer.TryClaim(1, 16, out var lsn));
        Assert.Equal(16, lsn);
    }

    [Fact]
    public void Slowest_of_several_gating_sequences_counts()
    {
        using var sequencer = NewSequencer(out var gating);
        var other = new Sequence(-1);
        sequencer.AddGatingSequence(other);
        sequencer.TryClaim(16, 16, out _);
        gating.Publish(15);

        Assert.Equal(ClaimOutcome.Full, sequencer.TryClaim(1, 16, out _));
        other.Publish(0);
        Assert.Equal(ClaimOutcome.Claimed, sequencer.TryClaim(1, 16, out _));
    }

    [Fact]
    public void Producer_with_an_allowance_leaves_the_rest_of_the_ring_to_others()
    {
        using var sequencer = NewSequencer(out _);

        Assert.Equal(ClaimOutcome.Claimed, sequencer.TryClaim(8, 8, out _));
        Assert.Equal(ClaimOutcome.Full, sequencer.TryClaim(1, 8, out _));
        Assert.False(sequencer.HasRoom(1, 8));
        Assert.True(sequencer.HasRoom(8, 16));
        Assert.Equal(ClaimOutcome.Claimed, sequencer.TryClaim(8, 16, out _));
    }

    [Fact]
    public void Published_run_ends_before_the_first_claim_that_is_not_published()
    {
        using var sequencer = NewSequencer(out _);
        sequencer.TryClaim(2, 16, out var first);
        sequencer.TryClaim(3, 16, out var second);
        sequencer.TryClaim(1, 16, out var third);

        sequencer.Publish(third, third);
        Assert.Equal(-1, sequencer.LastPublished(0));
        sequencer.Publish(first, first + 1);
        Assert.Equal(1, sequencer.LastPublished(0));
        sequencer.Publish(second, second + 2);
        Assert.Equal(5, sequencer.LastPublished(0));
        Assert.Equal(5, sequencer.LastPublished(2));
    }

    [Fact]
    public void Ranges_of_an_earlier_lap_are_not_taken_for_this_one()
    {
        using var sequencer = NewSequencer(out var gating);
        for (var lap = 0; lap < 100; lap++)
        {
            foreach (var count in (int[])[7, 1, 5])
            {
                sequencer.TryClaim(count, 16, out var lsn);
                Assert.Equal(lsn - 1, sequencer.LastPublished(lsn));
                sequencer.Publish(lsn, lsn + count - 1);
                Assert.Equal(lsn + count - 1, sequencer.LastPublished(lsn));
                gating.Publish(lsn + count - 1);
            }
        }
    }

    [Fact]
    public void Closed_intake_refuses_producers_but_not_control()
    {
        using var sequencer = NewSequencer(out _);
        sequencer.TryClaim(2, 16, out _);

        Assert.Equal(2, sequencer.CloseIntake());

        Assert.Equal(ClaimOutcome.Closed, sequencer.TryClaim(1, 16, out _));
        Assert.Equal(ClaimOutcome.Claimed, sequencer.TryClaimControl(1, out var lsn));
        Assert.Equal(2, lsn);
        Assert.Equal(3, sequencer.CloseIntake());
        Assert.True(sequencer.IsIntakeClosed);
    }

    private static Sequencer NewSequencer(out Sequence gating, long firstLsn = 0)
    {
        var sequencer = new Sequencer(16, firstLsn);
        gating = new Sequence(firstLsn - 1);
        sequencer.AddGatingSequence(gating);
        return sequencer;
    }
}
