using System.Diagnostics;
using System.Globalization;
using HotPath.Engine;
using HotPath.Engine.Decode;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;

namespace HotPath.Benchmarks.Decode;

/// <summary>
/// Nanoseconds a reading of every encoding, HotPath beside System.Text.Json in the same run. Every decoder's slots are
/// compared field by field with the JSON corpus's before anything is timed.
/// </summary>
internal static class DecodeRun
{
    private const int Rounds = 15;
    private const int RoundMs = 60;

    private static readonly NameTables Names = new();
    private static readonly NameQuota Quota = new();
    private static readonly RecordDecoder Decoder = new(Names, Quota);
    private static readonly StagingBlock Block = new(4096, 4 * EngineLimits.RecordReadingsMax);
    private static long _foundSum;
    private static readonly Slot[] PeerSlots = new Slot[DecodeCorpus.ReadingCount];

    public static int Run(string[] args)
    {
        var corpus = new DecodeCorpus();
        Names.Sources.TryIntern("sender"u8, 0, out _);
        var expected = Decode(corpus.Json);
        Verify(expected, corpus);

        Console.WriteLine($"{"form, decoder",-58}{"B/reading",10}{"ns best",10}{"median",10}{"M/s",8}{"alloc B",9}");
        Measure("JSON, HotPath", corpus.Json, args);
        Measure("JSON, members in any order, spaces, HotPath", corpus.JsonAnyOrder, args);
        MeasurePeer("JSON, Utf8JsonReader loop to slot", corpus.Json, args, ReadAll);
        MeasurePeer("JSON, members in any order, Utf8JsonReader", corpus.JsonAnyOrder, args, ReadAll);
        MeasurePeer("JSON, JsonSerializer, source-generated", corpus.Json, args, DeserializeAll);
        Measure("MessagePack map, HotPath", corpus.PackMaps, args);
        Measure("MessagePack array, HotPath", corpus.PackArrays, args);
        Measure("MessagePack envelope of 64, HotPath", corpus.Envelopes, args);
        Measure("line protocol, HotPath", corpus.Lines, args);
        MeasurePeer("of a reading's time: the directory, three names", corpus.Names, args, NamesAll);
        return 0;
    }

    /// <summary>Machine, tag and source of each reading, as every row above looks them up.</summary>
    private static void NamesAll(List<byte[]> records)
    {
        var found = 0L;
        for (var index = 0; index < records.Count; index += 3)
        {
            Names.Equipment.TryFind(records[index], out var equipment);
            Names.Tags.TryFind(records[index + 1], out var tag);
            Names.Sources.TryFind(records[index + 2], out var source);
            found += equipment + tag + source;
        }

        _foundSum = found;
    }

    private static Slot[] Decode(List<byte[]> records)
    {
        Block.Clear();
        var origin = new RecordOrigin(0, 0, 0, TimestampUnit.Milliseconds);
        foreach (var record in records)
        {
            Decoder.Decode(record, origin, Block);
        }

        return Block.Slots.ToArray();
    }

    private static void Verify(Slot[] expected, DecodeCorpus corpus)
    {
        Check(expected.Length == DecodeCorpus.ReadingCount && expected.All(slot => slot.Kind == SlotKind.Reading), "JSON");
        CheckSame(expected, Decode(corpus.JsonAnyOrder), "JSON in any order");
        CheckSame(expected, Decode(corpus.PackMaps), "MessagePack map");
        CheckSame(expected, Decode(corpus.PackArrays), "MessagePack array");
        Check(Decode(corpus.Envelopes).Count(slot => slot.Kind == SlotKind.Reading) == DecodeCorpus.ReadingCount, "envelopes");
        Check(Decode(corpus.Lines).Count(slot => slot.Kind == SlotKind.Reading) == DecodeCorpus.ReadingCount, "line protocol");
        ReadAll(corpus.Json);
        CheckSame(expected, PeerSlots, "Utf8JsonReader");
        NamesAll(corpus.Names);
        Check(_foundSum == expected.Sum(slot => (long)slot.EquipmentIndex + slot.TagIndex + slot.SourceIndex), "the directory");
        for (var index = 0; index < expected.Length; index++)
        {
            var peer = DecodePeers.Deserialize(corpus.Json[index])!;
            Check(
                Names.Equipment.Text(expected[index].EquipmentIndex) == peer.EquipmentId
                && Names.Tags.Text(expected[index].TagIndex) == peer.Tag
                && BitConverter.Int64BitsToDouble(expected[index].ValueBits).Equals(peer.Value)
                && expected[index].EventTimeMicros == peer.Timestamp * 1000
                && expected[index].SequenceNumber == peer.Meta!.SequenceNumber
                && Names.Sources.Text(expected[index].SourceIndex) == peer.Meta.SourceId,
                "JsonSerializer");
        }
    }

    private static void CheckSame(Slot[] expected, Slot[] actual, string what)
    {
        Check(expected.Length == actual.Length, what);
        for (var index = 0; index < expected.Length; index++)
        {
            var (one, other) = (expected[index], actual[index]);
            Check(
                one.EventTimeMicros == other.EventTimeMicros && one.ValueBits == other.ValueBits
                && one.SequenceNumber == other.SequenceNumber && one.CreatedAtMicros == other.CreatedAtMicros
                && one.EquipmentIndex == other.EquipmentIndex && one.TagIndex == other.TagIndex
                && one.SourceIndex == other.SourceIndex && one.Model == other.Model && one.Flags == other.Flags
                && one.ValueKind == other.ValueKind && one.Quality == other.Quality && one.Kind == other.Kind,
                $"{what}, reading {index}");
        }
    }

    private static void Check(bool isTrue, string what)
    {
        if (!isTrue)
        {
            throw new InvalidOperationException($"{what}: decoded differently; nothing is timed.");
        }
    }

    private static void ReadAll(List<byte[]> records)
    {
        for (var index = 0; index < records.Count; index++)
        {
            DecodePeers.ReadToSlot(records[index], Names, ref PeerSlots[index]);
        }
    }

    private static void DeserializeAll(List<byte[]> records)
    {
        foreach (var record in records)
        {
            DecodePeers.Deserialize(record);
        }
    }

    private static void DecodeAll(List<byte[]> records)
    {
        Block.Clear();
        var origin = new RecordOrigin(0, 0, 0, TimestampUnit.Milliseconds);
        foreach (var record in records)
        {
            Decoder.Decode(record, origin, Block);
        }
    }

    private static void Measure(string name, List<byte[]> records, string[] args) =>
        MeasurePeer(name, records, args, DecodeAll);

    private static void MeasurePeer(string name, List<byte[]> records, string[] args, Action<List<byte[]>> pass)
    {
        if (args.Length > 0 && !args.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase)))
        {
            return;
        }

        RunFor(records, pass, 3 * RoundMs, out _);
        var rounds = new double[Rounds];
        var allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        long readings = 0;
        for (var round = 0; round < Rounds; round++)
        {
            rounds[round] = RunFor(records, pass, RoundMs, out var passes);
            readings += passes * DecodeCorpus.ReadingCount;
        }

        var allocated = (GC.GetAllocatedBytesForCurrentThread() - allocatedBefore) / (double)readings;
        Array.Sort(rounds);
        var bytes = records.Sum(record => record.Length) / (double)DecodeCorpus.ReadingCount;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-58}{bytes,10:F0}{rounds[0],10:F1}{rounds[Rounds / 2],10:F1}{1000 / rounds[0],8:F1}{allocated,9:F0}"));
    }

    /// <summary>Nanoseconds a reading.</summary>
    private static double RunFor(List<byte[]> records, Action<List<byte[]>> pass, int ms, out long passes)
    {
        passes = 0;
        var start = Stopwatch.GetTimestamp();
        var end = start + (Stopwatch.Frequency * ms / 1000);
        while (Stopwatch.GetTimestamp() < end)
        {
            pass(records);
            passes++;
        }

        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / (passes * DecodeCorpus.ReadingCount);
    }
}
