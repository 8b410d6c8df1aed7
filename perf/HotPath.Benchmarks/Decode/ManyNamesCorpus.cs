using System.Globalization;
using System.Text;
using HotPath.Engine.Names;
using HotPath.TestKit.Decode;

namespace HotPath.Benchmarks.Decode;

/// <summary>
/// Readings whose pairs of machine and tag are drawn at random from so many, ten tags to a machine, in records as senders
/// fill them: as much as a datagram of 1,400 bytes takes. All names are interned beforehand, in an order of their own.
/// </summary>
internal sealed class ManyNamesCorpus
{
    public const int ReadingCount = 1 << 16;

    private const int TagCount = 10;
    private const int SourceCount = 16;
    private const long AtMs = 1_700_000_000_123;
    private const int ArraysPerRecord = 11;
    private const int ObjectsPerRecord = 5;

    private readonly Random _random = new(11);
    private readonly string[] _machines;
    private readonly string[] _tags = [.. Enumerable.Range(0, TagCount).Select(tag => $"station_{tag}/temperature")];

    public ManyNamesCorpus(int pairCount)
    {
        PairCount = pairCount;
        _machines = [.. Enumerable.Range(0, pairCount / TagCount).Select(_ => NextGuid())];
        Intern();
        Fill(Arrays, ArraysPerRecord, Array);
        Fill(SingleArrays, 1, Array);
        Fill(Objects, ObjectsPerRecord, Object);
        Fill(SingleObjects, 1, Object);
        for (var count = 0; count < ReadingCount; count += TagCount)
        {
            Envelopes.Add(Envelope(count));
        }
    }

    public int PairCount { get; }

    public NameTables Names { get; } = new();

    /// <summary>MessagePack arrays, several a record, and one a record.</summary>
    public List<byte[]> Arrays { get; } = [];

    public List<byte[]> SingleArrays { get; } = [];

    /// <summary>Objects of WIRE.md's first form, several a record, each on its line, and one a record.</summary>
    public List<byte[]> Objects { get; } = [];

    public List<byte[]> SingleObjects { get; } = [];

    /// <summary>MessagePack envelopes of the ten tags of a machine.</summary>
    public List<byte[]> Envelopes { get; } = [];

    private static void Fill(List<byte[]> records, int perRecord, Func<int, byte[]> reading)
    {
        for (var index = 0; index < ReadingCount; index += perRecord)
        {
            var last = int.Min(index + perRecord, ReadingCount);
            records.Add([.. Enumerable.Range(index, last - index).SelectMany(reading)]);
        }
    }

    private string NextGuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        _random.NextBytes(bytes);
        return new Guid(bytes).ToString();
    }

    private void Intern()
    {
        Names.Sources.TryIntern("sender"u8, 0, out _);
        foreach (var (directory, names) in new[] { (Names.Equipment, _machines), (Names.Tags, _tags) })
        {
            var order = (string[])names.Clone();
            _random.Shuffle(order);
            foreach (var name in order)
            {
                directory.TryIntern(Encoding.UTF8.GetBytes(name), 0, out _);
            }
        }

        for (var source = 0; source < SourceCount; source++)
        {
            Names.Sources.TryIntern(Encoding.UTF8.GetBytes(Source(source)), 0, out _);
        }
    }

    private static string Source(int source) => $"filling_machine_{source}";

    private byte[] Array(int index) => new PackBuilder().Array(10).Integer(1).Integer(AtMs + index)
        .Text(_machines[_random.Next(_machines.Length)]).Text(_tags[_random.Next(TagCount)]).Real(_random.Next(2000) / 100.0)
        .Integer(0).Integer(index).Nil().Integer(AtMs + index - 17).Text(Source(index % SourceCount)).Bytes;

    private byte[] Object(int index)
    {
        var machine = _machines[_random.Next(_machines.Length)];
        var value = (_random.Next(2000) / 100.0).ToString("R", CultureInfo.InvariantCulture);
        var meta = $$"""{"sequenceNumber":{{index}},"flags":[],"createdAt":{{AtMs}},"sourceId":"{{Source(index % SourceCount)}}"}""";
        return Encoding.UTF8.GetBytes(
            $$"""{"version":1,"timestamp":{{AtMs + index}},"equipmentId":"{{machine}}","tag":"{{_tags[_random.Next(TagCount)]}}","value":{{value}},"quality":"Ok","meta":{{meta}}}"""
            + "\n");
    }

    private byte[] Envelope(int index)
    {
        var readings = int.Min(TagCount, ReadingCount - index);
        var to = new PackBuilder().Array(6).Integer(1).Integer(AtMs + index).Text(_machines[_random.Next(_machines.Length)]).Array(readings);
        for (var reading = 0; reading < readings; reading++)
        {
            to.Array(2).Text(_tags[reading]).Real(_random.Next(2000) / 100.0);
        }

        return to.Integer(index).Text(Source(index % SourceCount)).Bytes;
    }
}
