using HotPath.Delta.Columns;

namespace HotPath.Delta.Tests.Columns;

public sealed class LentArraysTests
{
    [Fact]
    public void What_was_taken_back_is_lent_again_and_what_was_not_never()
    {
        var arrays = new LentArrays();
        var kept = arrays.Lend<long>(10_000);
        var mark = arrays.Mark;
        var first = arrays.Lend<long>(10_000);
        arrays.TakeBack(mark);

        var second = arrays.Lend<long>(9_500);
        var third = arrays.Lend<long>(10_000);

        Assert.Same(first, second);
        Assert.NotSame(kept, third);
        Assert.NotSame(second, third);
    }

    [Fact]
    public void An_array_that_grows_keeps_its_content_and_gives_the_shorter_one_back()
    {
        var arrays = new LentArrays();
        var mark = arrays.Mark;
        var shorter = arrays.Lend<int>(5_000);
        Array.Fill(shorter, 7);
        var other = arrays.Lend<int>(50_000);

        var longer = arrays.Exchange(shorter, 20_000);

        Assert.All(longer.AsSpan(0, 5_000).ToArray(), value => Assert.Equal(7, value));
        Assert.Same(shorter, arrays.Lend<int>(5_000));
        arrays.TakeBack(mark);
        Assert.Same(longer, arrays.Lend<int>(20_000));
        Assert.Same(other, arrays.Lend<int>(50_000));
    }

    [Fact]
    public void Zeroed_means_zeroed_after_somebody_wrote_there()
    {
        var arrays = new LentArrays();
        Array.Fill(arrays.Lend<ulong>(1_000), ulong.MaxValue);
        arrays.TakeBack(0);

        Assert.All(arrays.LendZeroed<ulong>(1_000).AsSpan(0, 1_000).ToArray(), word => Assert.Equal(0UL, word));
        Assert.Equal(arrays.Bytes, arrays.AllocatedBytes);
    }

    [Fact]
    public void What_lies_unused_goes_when_more_is_needed_than_may_be_kept()
    {
        const int BytesMax = 1 << 20;
        var arrays = new LentArrays(BytesMax);
        for (var size = 10_000; size < 400_000; size += size / 2)
        {
            arrays.Lend<byte>(size);
            arrays.TakeBack(0);
            arrays.Lend<long>(size / 8);
            arrays.TakeBack(0);
            Assert.InRange(arrays.Bytes, 1, BytesMax);
        }

        Assert.True(arrays.AllocatedBytes > BytesMax);
    }
}
