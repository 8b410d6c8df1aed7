using HotPath.Engine.Decode;
using HotPath.TestKit;
using Xunit.Abstractions;

namespace HotPath.Engine.Tests.Decode;

public sealed class JsonNestingTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("", 3, 0b000)]
    [InlineData("..M{..}.", 8, 0b0011_1000)]
    [InlineData("M{...", 5, 0b1_1110)]
    [InlineData("M.", 1, 0)]
    [InlineData("..{.", 2, 0)]
    [InlineData("..}.", 2, 0)]
    [InlineData("M{}}", 3, 0b010)]
    public void Braces_say_what_is_of_meta_and_where_the_object_ends(string members, int count, int inMeta)
    {
        var nesting = Nesting(members.PadRight(int.Max(members.Length, count), '.'));

        Assert.Equal((count, inMeta), (nesting.Count, (int)(nesting.InMeta & nesting.Valid)));
    }

    [Fact]
    public void All_members_at_once_are_judged_as_one_by_one()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var random = new Random(seed);
        for (var round = 0; round < 100_000; round++)
        {
            var members = string.Concat(Enumerable.Range(0, random.Next(1, 17)).Select(_ => "......M{{}"[random.Next(10)]));

            var nesting = Nesting(members);

            Assert.Equal(OneByOne(members), (nesting.Count, nesting.InMeta & nesting.Valid));
        }
    }

    /// <summary>M is a name that is meta's; before { and } stands such a brace.</summary>
    private static JsonNesting Nesting(string members) =>
        new(members.Length, Bits(members, 'M'), Bits(members, '{'), Bits(members, '}'));

    private static uint Bits(string members, char what) =>
        (uint)members.Select((member, index) => member == what ? 1 << index : 0).Sum();

    private static (int Count, uint InMeta) OneByOne(string members)
    {
        var depth = 0;
        var hadMeta = false;
        uint inMeta = 0;
        for (var index = 0; index < members.Length; index++)
        {
            var opens = index > 0 && members[index] == '{';
            var closes = index > 0 && members[index] == '}';
            if ((index > 0 && opens != (members[index - 1] == 'M')) || (closes && depth == 0))
            {
                return (index, inMeta);
            }

            // A second meta is refused for being there twice.
            depth = closes ? 0 : opens && !hadMeta ? 1 : depth;
            hadMeta |= opens;
            inMeta |= depth == 1 ? 1u << index : 0;
        }

        return (members.Length, inMeta);
    }
}
