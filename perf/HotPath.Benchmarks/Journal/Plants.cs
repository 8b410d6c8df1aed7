using HotPath.Engine.Ring;

namespace HotPath.Benchmarks.Journal;

/// <summary>Streams of readings as plants send them, each a function of its index.</summary>
internal static class Plants
{
    public static IReadOnlyList<Plant> All { get; } =
    [
        new("500 machines of 8 tags, short decimals, one reading a machine and second and tag", machines: 500, tags: 8, Decimal),
        new("100,000 machines of 4 tags, short decimals, in random order", machines: 100_000, tags: 4, Decimal, isShuffled: true),
        new("500 machines of 8 tags, full doubles", machines: 500, tags: 8, Full),
        new("500 machines of 8 tags, mixed: decimals, states, on and off", machines: 500, tags: 8, Mixed),
    ];

    private static void Decimal(ref Slot slot, Random random, long index)
    {
        slot.ValueKind = ValueKind.Number;
        slot.ValueBits = BitConverter.DoubleToInt64Bits(Math.Round(20 + (random.NextDouble() * 80), 2));
    }

    private static void Full(ref Slot slot, Random random, long index)
    {
        slot.ValueKind = ValueKind.Number;
        slot.ValueBits = BitConverter.DoubleToInt64Bits(random.NextDouble());
    }

    private static void Mixed(ref Slot slot, Random random, long index)
    {
        switch (index % 4)
        {
            case 0:
                slot.ValueKind = ValueKind.Symbol;
                slot.ValueBits = random.Next(12);
                break;
            case 1:
                slot.ValueKind = ValueKind.Bool;
                slot.ValueBits = random.Next(2);
                break;
            default:
                Decimal(ref slot, random, index);
                break;
        }
    }
}

internal delegate void ValueOf(ref Slot slot, Random random, long index);

internal sealed class Plant(string name, int machines, int tags, ValueOf value, bool isShuffled = false)
{
    private const long StartMicros = 1_700_000_000_000_000;

    public string Name { get; } = name;

    public Slot[] Make(long first, int count)
    {
        var random = new Random(17);
        var slots = new Slot[count];
        for (var at = 0; at < count; at++)
        {
            var index = first + at;
            var machine = (int)(index / tags % machines);
            if (isShuffled)
            {
                machine = random.Next(machines);
            }

            var second = index / tags / machines;
            ref var slot = ref slots[at];
            slot = new Slot
            {
                Kind = SlotKind.Reading,
                EventTimeMicros = StartMicros + (second * 1_000_000) + (machine * 1_000_000L / machines / 1_000 * 1_000),
                SequenceNumber = second,
                CreatedAtMicros = Slot.NoNumber,
                ReceivedAtMicros = StartMicros + (index / 24 * 40),
                EquipmentIndex = machine,
                TagIndex = (int)(index % tags),
                SourceIndex = machine / 50,
                Model = Slot.NoModel,
                Quality = random.Next(50) == 0 ? Quality.Bad : Quality.Good,
                Listener = 1,
            };
            value(ref slot, random, index);
        }

        return slots;
    }
}
