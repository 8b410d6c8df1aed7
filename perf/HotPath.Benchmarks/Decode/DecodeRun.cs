using System.Diagnostics;
using HotPath.Benchmarks.Results;
using HotPath.Engine;
using HotPath.Engine.Decode;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;

namespace HotPath.Benchmarks.Decode;

/// <summary>
/// Nanoseconds a reading of every encoding, HotPath beside System.Text.Json in the same run. The forms take turns, round
/// by round, so that ratios are of neighbours. What is decoded is compared before anything is timed: see the result's words.
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
        if (args is ["names"])
        {
            return ManyNames(args);
        }

        var corpus = new DecodeCorpus();
        Names.Sources.TryIntern("sender"u8, 0, out _);
        var expected = Decode(corpus.Json);
        Verify(expected, corpus);

        const string Json = "JSON, HotPath";
        const string AnyOrder = "JSON, members in any order, spaces, HotPath";
        const string ReaderPeer = "JSON, Utf8JsonReader loop to slot";
        const string AnyOrderPeer = "JSON, members in any order, Utf8JsonReader";
        const string SerializerPeer = "JSON, JsonSerializer, source-generated";
        const string PackArray = "MessagePack array, HotPath";
        const string PackReaderPeer = "MessagePack array, MessagePackReader loop to slot";
        const string PackSerializerPeer = "MessagePack array, MessagePack-CSharp to struct";
        DecodeForm[] forms =
        [
            new(Json, corpus.Json, DecodeAll) { NanosMax = 75, IsOwn = true },
            new(AnyOrder, corpus.JsonAnyOrder, DecodeAll) { NanosMax = 160, IsOwn = true },
            new(ReaderPeer, corpus.Json, ReadAll),
            new(AnyOrderPeer, corpus.JsonAnyOrder, ReadAll),
            new(SerializerPeer, corpus.Json, DeserializeAll),
            new("MessagePack map, HotPath", corpus.PackMaps, DecodeAll) { IsOwn = true },
            new(PackArray, corpus.PackArrays, DecodeAll) { NanosMax = 40, IsOwn = true },
            .. MessagePackPeers.IsThere
                ? (DecodeForm[])
                [
                    new(PackReaderPeer, corpus.PackArrays, ReadAllPacked),
                    new(PackSerializerPeer, corpus.PackArrays, MessagePackPeers.DeserializeAll),
                ]
                : [],
            new("MessagePack envelope of 64, HotPath", corpus.Envelopes, DecodeAll) { NanosMax = 20, IsOwn = true },
            new("line protocol, HotPath", corpus.Lines, DecodeAll) { IsOwn = true },
            new("of a reading's time: the directory, three names", corpus.Names, NamesAll) { IsOwn = true },
        ];
        DecodeForm[] wanted =
            [.. forms.Where(form => args.Length == 0 || args.Any(word => form.Name.Contains(word, StringComparison.OrdinalIgnoreCase)))];
        var title = args.Length == 0 ? "Decoding" : $"Decoding: {string.Join(", ", args)}";
        var result = new BenchResult("decode", title, args)
        {
            Verified = "JSON of both orders, MessagePack map and array and Utf8JsonReader gave the same slots field by field, JsonSerializer and "
                + "the directory the same names and values; of envelopes and line protocol every reading was counted",
            Notes = "One thread, by its CPU clock; full validation. The forms take turns, round by round. JsonSerializer makes objects and interns nothing.",
        };
        result.Option("rounds", Rounds);
        foreach (var form in wanted)
        {
            RunFor(form, 3 * RoundMs);
            form.Clear();
        }

        for (var round = 0; round < Rounds; round++)
        {
            foreach (var form in wanted)
            {
                RunFor(form, RoundMs);
            }
        }

        foreach (var form in wanted)
        {
            form.AddTo(result);
        }

        AddRatio(result, wanted, Json, ReaderPeer);
        AddRatio(result, wanted, Json, SerializerPeer);
        AddRatio(result, wanted, AnyOrder, AnyOrderPeer);
        AddRatio(result, wanted, PackArray, PackReaderPeer);
        AddRatio(result, wanted, PackArray, PackSerializerPeer);
        if (!MessagePackPeers.IsThere)
        {
            result.NotMeasured(
                "MessagePack-CSharp: build MessagePack and MessagePack.Annotations from their public source into one assembly, then "
                + "dotnet run -c Release --project perf/HotPath.Benchmarks -p:MessagePackCSharp=PATH/MessagePack.dll -- decode");
        }

        return result.Finish();
    }

    private static int ManyNames(string[] args)
    {
        var result = new BenchResult("decode", "Decoding, names at random from many", args)
        {
            Verified = "every reading was counted; arrays gave the same slots byte by byte both ways; look-ups alone found the same indexes",
            Notes = "One thread, by its CPU clock; of look-ups alone wall time. Ten tags to a machine: a million pairs are 100,000 machines. "
                + "Readings look their names up together where a record has several and a directory more than 16,384 names: only MessagePack "
                + "arrays do; here they are made to, whatever there is.",
        };
        ManyNamesRun.Add(result);
        return result.Finish();
    }

    /// <summary>The peer's time over ours, round by round; nothing where either was not wanted.</summary>
    private static void AddRatio(BenchResult result, DecodeForm[] wanted, string own, string peer)
    {
        if (wanted.FirstOrDefault(form => form.Name == own) is { } one && wanted.FirstOrDefault(form => form.Name == peer) is { } other)
        {
            double[] ratios = [.. other.Nanos.Zip(one.Nanos, (theirs, ours) => theirs / ours)];
            result.Add(new Figure("peer's time over ours", $"{own}, against {peer}", "ratio", "x", ratios) { Goal = Goal.AtLeast(1) });
        }
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
        VerifyPacked(expected, corpus);
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

    private static void VerifyPacked(Slot[] expected, DecodeCorpus corpus)
    {
        if (!MessagePackPeers.IsThere)
        {
            return;
        }

        ReadAllPacked(corpus.PackArrays);
        CheckSame(expected, PeerSlots, "MessagePackReader");
        for (var index = 0; index < expected.Length; index++)
        {
            Check(MessagePackPeers.IsAs(corpus.PackArrays[index], expected[index], Names), "MessagePack-CSharp");
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

    private static void ReadAllPacked(List<byte[]> records)
    {
        for (var index = 0; index < records.Count; index++)
        {
            MessagePackPeers.ReadToSlot(records[index], Names, ref PeerSlots[index]);
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

    private static void RunFor(DecodeForm form, int ms)
    {
        var passes = 0L;
        var allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        var cpuBefore = ThreadCpu.Nanoseconds;
        var end = Stopwatch.GetTimestamp() + (Stopwatch.Frequency * ms / 1000);
        while (Stopwatch.GetTimestamp() < end)
        {
            form.Pass(form.Records);
            passes++;
        }

        form.Note(ThreadCpu.Nanoseconds - cpuBefore, GC.GetAllocatedBytesForCurrentThread() - allocatedBefore, passes * DecodeCorpus.ReadingCount);
    }
}
