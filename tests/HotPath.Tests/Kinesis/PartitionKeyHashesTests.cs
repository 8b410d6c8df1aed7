using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using HotPath.Kinesis.Put;

namespace HotPath.Tests.Kinesis;

public sealed class PartitionKeyHashesTests
{
    [Fact]
    public void Remembered_or_not_a_hash_is_the_md5_of_its_key()
    {
        var hashes = new PartitionKeyHashes();

        // More keys than cells, so that they push each other out, and some too long to be remembered; each asked twice.
        foreach (var key in Enumerable.Range(0, 5000).Select(number => $"machine-{number}{new string('x', number % 60)}"))
        {
            var utf8 = Encoding.UTF8.GetBytes(key);
            var expected = BinaryPrimitives.ReadUInt128BigEndian(MD5.HashData(utf8));

            Assert.Equal(expected, hashes.Of(utf8));
            Assert.Equal(expected, hashes.Of(utf8));
        }
    }
}
