using System.Numerics;
using System.Text;
using HotPath.Engine.Decode;

namespace HotPath.Engine.Tests.Decode;

public sealed unsafe class MemberTableTests
{
    private static readonly string[] Names =
    [
        "version", "model", "timestamp", "equipmentId", "machine_id", "tag", "value", "quality", "meta", "readings", "receivedAt",
        "status", "sequenceNumber", "flags", "createdAt", "sourceId",
    ];

    [Fact]
    public void Each_name_is_found_as_the_grammar_finds_it()
    {
        foreach (var name in Names)
        {
            var utf8 = Encoding.ASCII.GetBytes(name);
            var expected = MemberNames.OfReading(utf8) | MemberNames.OfMeta(utf8);

            Assert.NotEqual(Member.Unknown, expected);
            Assert.Equal((uint)expected, Find(name));
        }
    }

    [Fact]
    public void Whatever_is_nearly_a_name_is_unknown()
    {
        foreach (var name in Names)
        {
            AssertUnknown(name + "s");
            AssertUnknown(name[..^1]);
            AssertUnknown(name[1..]);
            AssertUnknown(name + new string('x', 40));
            for (var place = 0; place < name.Length; place++)
            {
                for (var letter = 0x20; letter < 0x7F; letter++)
                {
                    if (letter != name[place] && letter != '"')
                    {
                        AssertUnknown(name[..place] + (char)letter + name[(place + 1)..]);
                    }
                }
            }
        }
    }

    [Fact]
    public void A_name_without_a_letter_is_unknown() => AssertUnknown("");

    private static void AssertUnknown(string name)
    {
        if (!Names.Contains(name))
        {
            Assert.Equal(JsonSpans.Unknown, BitOperations.TrailingZeroCount(Find(name)));
        }
    }

    private static uint Find(string name)
    {
        // Behind it stands its quote, and then anything.
        var text = Encoding.ASCII.GetBytes(name + "\":" + new string('7', 32));
        fixed (byte* at = text)
        {
            return MemberTable.Shared.Find(at, (uint)name.Length);
        }
    }
}
