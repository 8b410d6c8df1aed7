using System.Text;
using HotPath.Kinesis.Streams;

namespace HotPath.Tests.Kinesis;

public sealed class SequenceNumberTests
{
    public static TheoryData<long> Lsns => [0, 1, 2, 999_999_999, 1_000_000_000, 123_456_789_012_345_678, long.MaxValue - 1];

    [Fact]
    public void The_digits_have_the_layout_of_the_service()
    {
        var number = new SequenceNumber(CreatedSeconds: 0x5566_7788, ShardIndex: 3, Lsn: 0x1234, RecordedSeconds: 0x5566_7799);

        Assert.Equal("20556677883000000000000123400055667799000000032", number.Value.ToString("x")[^47..]);
        Assert.Equal(SequenceNumber.Digits, number.ToString().Length);
    }

    [Theory]
    [MemberData(nameof(Lsns))]
    public void A_number_says_its_lsn_again(long lsn)
    {
        var number = new SequenceNumber(1_767_323_045, 17, lsn, 1_767_323_099);

        Assert.True(SequenceNumber.TryParse(number.ToString(), out var parsed));
        Assert.Equal(number, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("12345")]
    [InlineData("99999999999999999999999999999999999999999999999999999999")]
    [InlineData("-9590338271490256608559692540925702759324208523137515618")]
    public void What_was_never_given_out_is_refused(string text) => Assert.False(SequenceNumber.TryParse(text, out _));

    [Theory]
    [MemberData(nameof(Lsns))]
    public void The_writer_writes_the_same_digits(long lsn)
    {
        var shard = SequenceLimbs.Of(new SequenceNumber(1_767_323_045, 17, 0, 0).Value);
        var writer = default(SequenceWriter);
        var digits = new byte[SequenceNumber.Digits];
        foreach (var delta in new[] { 0, 1, 499, 65_535, SequenceWriter.DeltaMax })
        {
            if (lsn > long.MaxValue - delta)
            {
                continue;
            }

            writer.Begin(shard, lsn, 1_767_323_099);
            writer.Write(delta, digits);

            var expected = new SequenceNumber(1_767_323_045, 17, lsn + delta, 1_767_323_099);
            Assert.Equal(expected.ToString(), Encoding.ASCII.GetString(digits));
        }
    }

    [Fact]
    public void A_writer_knows_for_which_call_it_was_begun()
    {
        var writer = default(SequenceWriter);

        Assert.False(writer.IsFor(0));
        writer.Begin(default, 0, 0);
        Assert.True(writer.IsFor(0));
        Assert.False(writer.IsFor(1));
    }
}
