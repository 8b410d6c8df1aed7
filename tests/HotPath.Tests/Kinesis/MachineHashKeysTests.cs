using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using HotPath.Engine.Names;
using HotPath.Kinesis.Read;

namespace HotPath.Tests.Kinesis;

public sealed class MachineHashKeysTests
{
    [Fact]
    public void Of_a_machine_or_a_stranger_the_hash_key_is_the_md5()
    {
        var equipment = new NameDirectory(NameSort.Equipment, countMax: 10_000, bytesMax: 256);
        var hashKeys = new MachineHashKeys(equipment);
        for (var number = 0; number < 10_000; number++)
        {
            var utf8 = Encoding.UTF8.GetBytes($"machine-{number}");
            if (number % 2 == 0)
            {
                equipment.TryIntern(utf8, 0, out _);
            }

            var expected = BinaryPrimitives.ReadUInt128BigEndian(MD5.HashData(utf8));
            Assert.Equal(expected, hashKeys.Of(utf8));
            Assert.Equal(expected, hashKeys.Of(utf8));
        }
    }
}
