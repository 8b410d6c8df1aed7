using HotPath.Engine.Decode;

namespace HotPath.Engine.Tests.Decode;

public sealed class Crc32Tests
{
    [Fact]
    public void The_check_value_of_the_standard_comes_out() => Assert.Equal(0xCBF4_3926u, Crc32.Of("123456789"u8));

    [Fact]
    public void Folding_gives_what_tables_give_at_every_length_and_place()
    {
        var bytes = new byte[700];
        new Random(9).NextBytes(bytes);
        for (var from = 0; from < 20; from++)
        {
            for (var length = 0; length <= bytes.Length - from; length++)
            {
                Assert.Equal(Crc32.OfByTables(bytes.AsSpan(from, length)), Crc32.Of(bytes.AsSpan(from, length)));
            }
        }
    }
}
