using System.Numerics;
using HotPath.Engine.Native;

namespace HotPath.Engine.Tests.Native;

public sealed class Crc32CTests
{
    [Fact]
    public void Check_value_is_the_published_one()
    {
        Assert.Equal(0xE306_9283u, Crc32C.Of("123456789"u8));
    }

    [Fact]
    public void Thirty_two_zeros_give_the_published_value()
    {
        Assert.Equal(0x8A91_36AAu, Crc32C.Of(new byte[32]));
    }

    [Fact]
    public void Lanes_give_what_byte_by_byte_gives_at_every_length()
    {
        var bytes = new byte[12_000];
        new Random(5).NextBytes(bytes);
        for (var length = 0; length < bytes.Length; length += length < 100 ? 1 : 37)
        {
            var crc = 17u;
            for (var index = 0; index < length; index++)
            {
                crc = BitOperations.Crc32C(crc, bytes[index]);
            }

            Assert.Equal(crc, Crc32C.Append(17, bytes.AsSpan(0, length)));
        }
    }

    [Fact]
    public void Another_salt_never_gives_the_same_checksum()
    {
        var bytes = new byte[100];
        var checksums = Enumerable.Range(0, 10_000).Select(salt => Crc32C.Append((uint)salt * 0x9E37_79B9, bytes));

        Assert.Equal(10_000, checksums.Distinct().Count());
    }
}
