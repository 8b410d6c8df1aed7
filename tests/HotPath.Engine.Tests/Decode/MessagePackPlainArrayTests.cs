using HotPath.Engine.Decode;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;
using HotPath.TestKit;
using HotPath.TestKit.Decode;
using Xunit.Abstractions;

namespace HotPath.Engine.Tests.Decode;

public sealed unsafe class MessagePackPlainArrayTests(ITestOutputHelper output) : IDisposable
{
    private const int NumberBytesMax = 9;

    private readonly NameTables _names = new();
    private readonly NameQuota _quota = new();
    private readonly StagingBlock _block = new(64, 4 * EngineLimits.RecordReadingsMax);
    private readonly GuardedPage _page = new();

    public void Dispose()
    {
        _block.Dispose();
        _page.Dispose();
    }

    /// <summary>The forms in which libraries write a positive number: shortest, and as wide as its type.</summary>
    [Theory]
    [InlineData(new byte[] { 7 }, 7L)]
    [InlineData(new byte[] { 0xCC, 0xFF }, 255L)]
    [InlineData(new byte[] { 0xCD, 0xFF, 0xFE }, 65_534L)]
    [InlineData(new byte[] { 0xCE, 0xFF, 0xFF, 0xFF, 0xFE }, 4_294_967_294L)]
    [InlineData(new byte[] { 0xCF, 0, 0, 0, 1, 0, 0, 0, 0 }, 4_294_967_296L)]
    [InlineData(new byte[] { 0xD0, 0x7F }, 127L)]
    [InlineData(new byte[] { 0xD1, 0x7F, 0xFF }, 32_767L)]
    [InlineData(new byte[] { 0xD2, 0x7F, 0xFF, 0xFF, 0xFF }, 2_147_483_647L)]
    [InlineData(new byte[] { 0xD3, 0, 0, 0, 1, 0, 0, 0, 1 }, 4_294_967_297L)]
    public void Every_form_of_a_number_is_usual(byte[] number, long expected)
    {
        Intern();
        var record = new PackBuilder().Array(10).Integer(1).Raw(number).Text("m").Text("t").Raw(number).Integer(0)
            .Raw(number).Nil().Raw(number).Text("s").Bytes;
        var ending = new PackBuilder().Array(7).Nil().Integer(5).Text("m").Text("t").Raw(number).Nil().Raw(number).Bytes;

        var slot = DecodedUsually(record);
        var atTheEnd = DecodedUsually(ending);

        Assert.Equal((expected * 1000, expected, expected * 1000), (slot.EventTimeMicros, slot.SequenceNumber, slot.CreatedAtMicros));
        Assert.Equal(expected, BitConverter.Int64BitsToDouble(slot.ValueBits));
        Assert.Equal((5_000L, expected), (atTheEnd.EventTimeMicros, atTheEnd.SequenceNumber));
    }

    [Theory]
    [InlineData(new byte[] { 0xFF }, -1.0)]
    [InlineData(new byte[] { 0xE0 }, -32.0)]
    [InlineData(new byte[] { 0xCA, 0x3F, 0xC0, 0, 0 }, 1.5)]
    public void Small_negatives_and_single_precision_are_usual_values(byte[] value, double expected)
    {
        Intern();

        var slot = DecodedUsually(new PackBuilder().Array(5).Integer(1).Integer(5).Text("m").Text("t").Raw(value).Bytes);

        Assert.Equal((ValueKind.Number, expected), (slot.ValueKind, BitConverter.Int64BitsToDouble(slot.ValueBits)));
    }

    /// <summary>Any mark with any bytes behind it in any place, cut anywhere: the same slots as by the grammar.</summary>
    [Fact]
    public void What_is_usual_is_what_the_grammar_reads()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var random = new Random(seed);
        Intern();
        using var fast = new RecordDecoder(_names, _quota);
        using var slow = new RecordDecoder(_names, _quota, new RecordDecoderOptions { ReadsByGrammarAlone = true });
        var usual = 0;
        for (var round = 0; round < 200_000; round++)
        {
            var record = _page.AtTheEnd(Record(random));

            var actual = Decoded(fast, record);
            var expected = Decoded(slow, record);

            Assert.True(
                actual.AsSpan().SequenceEqual(expected), $"{Convert.ToHexString(record)}: {string.Join(' ', actual.Select(Words))} "
                + $"instead of {string.Join(' ', expected.Select(Words))}");
            usual += IsUsual(record) ? 1 : 0;
        }

        Assert.InRange(usual, 10_000, 200_000);
    }

    /// <summary>
    /// Records whose readings wait for their names, with names that are new, refused by a quota, or no UTF-8 among them:
    /// the same readings, the same refusals in the same places, and the same names in the same order as by the grammar.
    /// </summary>
    [Fact]
    public void Readings_that_wait_for_their_names_are_those_of_the_grammar()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var random = new Random(seed);
        for (var round = 0; round < 200; round++)
        {
            using var together = new DecodeBench(
                new RecordDecoderOptions { FarNamesMin = 0 }, new NameQuota(namesPerSenderMax: 60, symbolsPerTagMax: 5));
            using var slow = new DecodeBench(
                new RecordDecoderOptions { ReadsByGrammarAlone = true }, new NameQuota(namesPerSenderMax: 60, symbolsPerTagMax: 5));
            for (var count = 0; count < 20; count++)
            {
                var record = Several(random);

                Assert.Equal(slow.Decode(record), together.Decode(record));
                foreach (var (one, other) in together.Names.All.Zip(slow.Names.All))
                {
                    Assert.Equal(Enumerable.Range(0, other.Count).Select(other.Text), Enumerable.Range(0, one.Count).Select(one.Text));
                }
            }
        }
    }

    [Fact]
    public void Readings_that_wait_allocate_nothing()
    {
        using var bench = new DecodeBench(new RecordDecoderOptions { FarNamesMin = 0 });
        var reading = new PackBuilder().Array(10).Integer(1).Integer(5).Text("machine").Text("t").Real(1.5).Integer(0).Integer(9).Nil()
            .Nil().Text("source").Bytes;
        byte[] record = [.. Enumerable.Repeat(reading, 100).SelectMany(bytes => bytes)];
        bench.Decode(record);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 100; round++)
        {
            bench.Block.Clear();
            bench.Decoder.Decode(record, bench.Origin, bench.Block);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(100, bench.Block.Count);
    }

    /// <summary>One after another, or in an array; now and then one that is not usual, or cut.</summary>
    private static byte[] Several(Random random)
    {
        var to = new PackBuilder();
        var count = random.Next(1, 80);
        if (random.Next(2) == 0)
        {
            to.Raw(0xDC, 0, (byte)(random.Next(20) == 0 ? count + 1 : count));
        }

        for (var index = 0; index < count; index++)
        {
            Reading(to, random);
        }

        var bytes = to.Bytes;
        return random.Next(10) == 0 ? bytes[..random.Next(1, bytes.Length)] : bytes;
    }

    private static void Reading(PackBuilder to, Random random)
    {
        if (random.Next(100) == 0)
        {
            to.Array(6).Integer(1).Integer(7).Text($"m{random.Next(99)}").Array(1).Array(2).Text("t1").Integer(5).Integer(3).Nil();
            return;
        }

        to.Array(10).Integer(1).Integer(random.Next(60) == 0 ? -1 : 7);
        _ = random.Next(80) switch
        {
            0 => to.Raw(0xA2, 0xFF, (byte)'m'),
            1 => to.Text(" m1 "),
            2 => to.Text(new string('m', random.Next(60, 260))),
            var draw => to.Text($"m{(draw < 60 ? draw % 8 : random.Next(99))}"),
        };
        to.Text($"t{random.Next(4)}");
        _ = random.Next(4) == 0 ? to.Text($"v{random.Next(8)}") : to.Real(random.Next(100));
        to.Integer(random.Next(3)).Integer(random.Next(300)).Nil().Nil();
        _ = random.Next(4) == 0 ? to.Nil() : to.Text($"s{random.Next(5)}");
    }

    private static byte[] Record(Random random)
    {
        var count = random.Next(4, 12);
        var to = new PackBuilder().Array(count);
        for (var index = 0; index < count; index++)
        {
            _ = index switch
            {
                2 => to.Text("m"),
                3 => to.Text("t"),
                5 when random.Next(4) > 0 => to.Integer(random.Next(4)),
                7 when random.Next(2) > 0 => to.Array(1).Text("Fst"),
                9 when random.Next(4) > 0 => to.Text("s"),
                _ when random.Next(4) == 0 => to.Nil(),
                _ when random.Next(3) == 0 => Any(to, random),
                _ => to.Integer(random.Next(300)),
            };
        }

        var bytes = to.Bytes;
        return random.Next(8) == 0 ? bytes[..random.Next(1, bytes.Length)] : bytes;
    }

    private static PackBuilder Any(PackBuilder to, Random random)
    {
        Span<byte> bytes = stackalloc byte[NumberBytesMax];
        random.NextBytes(bytes);
        bytes[0] = (byte)random.Next(0xC0, 0x100);
        bytes[1] &= random.Next(2) == 0 ? (byte)0 : (byte)0xFF;
        var length = bytes[0] switch
        {
            0xCC or 0xD0 => 2,
            0xCD or 0xD1 => 3,
            0xCE or 0xD2 or 0xCA => 5,
            0xCF or 0xD3 or 0xCB => 9,
            _ => 1,
        };
        return to.Raw(bytes[..length]);
    }

    private Slot[] Decoded(RecordDecoder decoder, ReadOnlySpan<byte> record)
    {
        _block.Clear();
        decoder.Decode(record, new RecordOrigin(0, 0, 0, TimestampUnit.Milliseconds), _block);
        var slots = _block.Slots.ToArray();
        foreach (ref var slot in slots.AsSpan())
        {
            // The handle of raw bytes is the block's own.
            slot.ValueBits = slot.Kind == SlotKind.Rejected ? 0 : slot.ValueBits;
        }

        return slots;
    }

    private static string Words(Slot slot) =>
        $"{slot.Kind} {slot.RejectReason} {slot.Model} {slot.EventTimeMicros} {slot.ValueKind} {slot.ValueBits:X} {slot.Quality} "
        + $"{slot.SequenceNumber} {slot.Flags:X} {slot.CreatedAtMicros} {slot.SourceIndex};";

    private void Intern()
    {
        _names.Sources.TryIntern("sender"u8, 0, out _);
        _names.Sources.TryIntern("s"u8, 0, out _);
        _names.Equipment.TryIntern("m"u8, 0, out _);
        _names.Tags.TryIntern("t"u8, 0, out _);
    }

    private Slot DecodedUsually(byte[] record)
    {
        Assert.True(IsUsual(_page.AtTheEnd(record)), $"{Convert.ToHexString(record)} was left to the grammar");
        return _block.Slots[0];
    }

    private bool IsUsual(ReadOnlySpan<byte> record)
    {
        using var stage = new ReadingStage(_names, _quota);
        _block.Clear();
        stage.Begin(new RecordOrigin(0, 0, 0, TimestampUnit.Milliseconds), _block);
        fixed (byte* at = record)
        {
            var next = new MessagePackPlainArray(stage, int.MaxValue).TryDecode(at, at + record.Length, left: 0);
            Assert.Equal(next == null ? 0 : 1, _block.Count);
            return next == at + record.Length;
        }
    }
}
