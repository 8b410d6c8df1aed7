using System.Runtime.InteropServices;
using HotPath.Engine.Journal;
using HotPath.Engine.Ring;
using HotPath.TestKit;
using Xunit.Abstractions;

namespace HotPath.Engine.Tests.Journal;

public sealed class SlotColumnsTests(ITestOutputHelper output) : IDisposable
{
    private readonly SlotColumns _columns = new();
    private readonly byte[] _bytes = new byte[SlotColumns.BytesMax(SlotColumns.SlotsMax) + BitPacking.SlackBytes];
    private readonly Slot[] _read = new Slot[SlotColumns.SlotsMax];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(100)]
    [InlineData(SlotColumns.SlotsMax)]
    public void Readings_come_back_bit_for_bit(int count)
    {
        ShouldComeBack([.. Enumerable.Range(0, count).Select(index => Readings.Make(1_000_000 + index))]);
    }

    [Fact]
    public void Any_bits_come_back_as_they_were()
    {
        var random = NewRandom();
        for (var round = 0; round < 300; round++)
        {
            var slots = new Slot[random.Next(1, 600)];
            random.NextBytes(MemoryMarshal.AsBytes(slots.AsSpan()));
            foreach (ref var slot in slots.AsSpan())
            {
                Tame(ref slot, random, round);
            }

            ShouldComeBack(slots);
        }
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(double.Epsilon)]
    [InlineData(double.MaxValue)]
    [InlineData(9_007_199_254_740_993.0)]
    [InlineData(1e300)]
    public void Odd_numbers_among_short_decimals_come_back_bit_for_bit(double odd)
    {
        var slots = Enumerable.Range(0, 200).Select(index => Number(index % 60 == 13 ? odd : 20 + (index / 100.0))).ToArray();

        ShouldComeBack(slots);
        ShouldComeBack([Number(odd)]);
        ShouldComeBack([Number(-0.0), Number(odd), Number(1)]);
    }

    [Fact]
    public void Short_decimals_take_two_bytes_each()
    {
        var random = new Random(3);
        var slots = Enumerable.Range(0, 4_000).Select(_ => Number(Math.Round(20 + (random.NextDouble() * 80), 2))).ToArray();

        ShouldComeBack(slots);

        Assert.InRange(_columns.Write(slots, _bytes), 8_000, 8_200);
    }

    [Fact]
    public void Cut_columns_are_refused_and_never_read_beyond()
    {
        var slots = Enumerable.Range(0, 50).Select(index => Readings.Make(index)).ToArray();
        var bytes = _columns.Write(slots, _bytes);
        for (var length = 0; length < bytes; length++)
        {
            Assert.False(_columns.TryRead(_bytes.AsSpan(0, length), _read.AsSpan(0, 50)), $"{length} of {bytes}");
        }
    }

    [Fact]
    public void Garbled_columns_give_an_answer_and_never_a_crash()
    {
        var random = NewRandom();
        var slots = Enumerable.Range(0, 50).Select(index => Readings.Make(index)).ToArray();
        var bytes = _columns.Write(slots, _bytes);
        var whole = _bytes[..bytes];
        var refused = 0;
        for (var round = 0; round < 20_000; round++)
        {
            whole.CopyTo(_bytes, 0);
            for (var flips = random.Next(1, 4); flips > 0; flips--)
            {
                _bytes[random.Next(bytes)] = (byte)random.Next(256);
            }

            refused += _columns.TryRead(_bytes.AsSpan(0, bytes), _read.AsSpan(0, 50)) ? 0 : 1;
        }

        Assert.InRange(refused, 100, 19_900);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(24)]
    [InlineData(32)]
    [InlineData(48)]
    [InlineData(64)]
    public unsafe void Packed_numbers_of_every_width_come_back(int width)
    {
        var random = new Random(width);
        var mask = width == 64 ? ulong.MaxValue : (1UL << width) - 1;
        for (var count = 1; count < 70; count++)
        {
            var values = Enumerable.Range(0, count).Select(_ => (ulong)random.NextInt64() & mask).ToArray();
            var packed = new byte[BitPacking.PackedBytes(count, width) + BitPacking.SlackBytes];
            var unpacked = new long[count];
            fixed (ulong* from = values)
            fixed (byte* at = packed)
            fixed (long* to = unpacked)
            {
                BitPacking.Pack(from, count, width, at);
                BitPacking.Unpack(at, count, width, shift: 0, first: 5, to);
            }

            Assert.Equal(values.Select(value => (long)value + 5), unpacked);
        }
    }

    public void Dispose() => _columns.Dispose();

    private static Slot Number(double value) => new()
    {
        Kind = SlotKind.Reading,
        ValueKind = ValueKind.Number,
        ValueBits = BitConverter.DoubleToInt64Bits(value),
    };

    /// <summary>Wild bits in all fields in some rounds, narrow ranges in others; never a kind that hides its value.</summary>
    private static void Tame(ref Slot slot, Random random, int round)
    {
        slot.Kind = SlotKind.Reading;
        if (round % 3 != 0)
        {
            slot.EventTimeMicros = random.Next(1 << (round % 30));
            slot.SequenceNumber = random.Next(3) == 0 ? Slot.NoNumber : random.Next(10);
            slot.EquipmentIndex = random.Next(-1, 1 << (round % 20));
            slot.Flags = 0;
            slot.Listener = (ushort)random.Next(3);
            slot.ValueKind = (ValueKind)random.Next(4);
            slot.ValueBits = BitConverter.DoubleToInt64Bits((float)random.NextDouble());
        }
    }

    private void ShouldComeBack(Slot[] slots)
    {
        var bytes = _columns.Write(slots, _bytes);
        Assert.InRange(bytes, 1, SlotColumns.BytesMax(slots.Length));
        var read = _read.AsSpan(0, slots.Length);
        Assert.True(_columns.TryRead(_bytes.AsSpan(0, bytes), read));
        Assert.True(MemoryMarshal.AsBytes(slots.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(read)));
    }

    private Random NewRandom()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        return new Random(seed);
    }
}
