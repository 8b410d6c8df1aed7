using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using HotPath.Engine.Decode;

namespace HotPath.TestKit.Decode;

/// <summary>Sound and random records of every encoding, to be mutated. Read-only once made.</summary>
internal sealed class MutationCorpus
{
    private const int RecordsPerFamily = 512;

    public MutationCorpus(int seed)
    {
        var random = new Random(seed);
        var maker = new RecordMaker(random);
        Plain =
        [
            Many(maker.Json), Many(maker.UsualJson), Many(maker.Pack), Many(maker.UsualArray), Many(maker.UsualEnvelope), Many(maker.UsualMap),
        ];
        Lines = Many(() => Line(random));
        Checked =
        [
            Many(() => Frame(random, maker.UsualEnvelope(), FrameFlags.Crc32C)),
            Many(() => Frame(random, maker.UsualJson(), FrameFlags.Crc32C | FrameFlags.Lz4)),
            Many(() => Frame(random, maker.UsualArray(), FrameFlags.Crc32C | FrameFlags.Hmac)),
            Many(() => Gzipped(maker.UsualJson())),
            Many(() => Aggregate(maker.UsualJson(), maker.UsualMap())),
        ];
        Unchecked =
        [
            Many(() => Frame(random, maker.UsualEnvelope(), FrameFlags.None)),
            Many(() => Frame(random, maker.UsualJson(), FrameFlags.Lz4)),
            Many(() => ZstdStored(maker.UsualJson())),
        ];
    }

    /// <summary>JSON and MessagePack as it is: what the reference decoder reads.</summary>
    public byte[][][] Plain { get; }

    public byte[][] Lines { get; }

    /// <summary>Wrapped with a checksum: a change is noticed, or changes nothing that was read.</summary>
    public byte[][][] Checked { get; }

    /// <summary>Wrapped without one.</summary>
    public byte[][][] Unchecked { get; }

    private static byte[][] Many(Func<byte[]> make) => [.. Enumerable.Range(0, RecordsPerFamily).Select(_ => make())];

    private static byte[] Line(Random random) => Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, random.Next(1, 4)).Select(_ =>
        $"plant,equipment=m{random.Next(9)},source=g\\ 1 temperature={random.Next(999) / 10.0},count={random.Next(99)}i,on=t,"
        + $"state=\"RUN \\\"{random.Next(3)}\\\"\",__seq={random.Next(1000)}i {1_700_000_000_000_000_000 + random.Next()}")));

    private static byte[] Frame(Random random, byte[] payload, FrameFlags flags) => FrameBuilder.Build(
        new FrameHeader
        {
            Flags = flags,
            SenderId = (ulong)random.Next(4),
            Epoch = 1,
            DatagramSequence = (ulong)random.Next(1000),
            ReadingCount = 1,
        },
        payload, key: new byte[16]);

    private static byte[] Gzipped(byte[] bytes)
    {
        using var to = new MemoryStream();
        using (var gzip = new GZipStream(to, CompressionLevel.Optimal))
        {
            gzip.Write(bytes);
        }

        return to.ToArray();
    }

    /// <summary>KPL's message: a partition key, and records that name it.</summary>
    private static byte[] Aggregate(params byte[][] records)
    {
        List<byte> message = [0x0A, 1, (byte)'k'];
        foreach (var record in records)
        {
            byte[] data = [0x08, 0, 0x1A, .. Varint(record.Length), .. record];
            message.AddRange([0x1A, .. Varint(data.Length), .. data]);
        }

        return [.. KplAggregate.Magic, .. message, .. MD5.HashData(message.ToArray())];
    }

    private static byte[] Varint(int value) => value < 128 ? [(byte)value] : [(byte)(value | 0x80), (byte)(value >> 7)];

    /// <summary>RFC 8878: magic, single segment with a two-byte size less 256, one last raw block.</summary>
    private static byte[] ZstdStored(byte[] bytes)
    {
        if (bytes.Length < 256)
        {
            return [0x28, 0xB5, 0x2F, 0xFD, 0x20, (byte)bytes.Length, .. RawBlock(bytes)];
        }

        var size = bytes.Length - 256;
        return [0x28, 0xB5, 0x2F, 0xFD, 0x60, (byte)size, (byte)(size >> 8), .. RawBlock(bytes)];
    }

    private static byte[] RawBlock(byte[] bytes)
    {
        var head = (bytes.Length << 3) | 1;
        return [(byte)head, (byte)(head >> 8), (byte)(head >> 16), .. bytes];
    }
}
