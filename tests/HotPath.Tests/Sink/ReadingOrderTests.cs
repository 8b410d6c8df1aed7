using HotPath.Engine.Ring;
using HotPath.Sink;
using HotPath.TestKit;
using Xunit.Abstractions;

namespace HotPath.Tests.Sink;

public sealed class ReadingOrderTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1)]
    [InlineData(1_000)]
    [InlineData(20_000)]
    public void Readings_are_sorted_by_day_equipment_tag_time_and_arrival(int count)
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var random = new Random(seed);
        var equipmentRanks = Shuffled(random, 300);
        var tagRanks = Shuffled(random, 40);
        var readings = new Slot[count];
        foreach (ref var reading in readings.AsSpan())
        {
            reading.EventTimeMicros = random.NextInt64(-3, 3) * ReadingOrder.DayMicros / 2 + random.Next(50);
            reading.EquipmentIndex = random.Next(equipmentRanks.Length);
            reading.TagIndex = random.Next(tagRanks.Length);
        }

        var order = new ReadingOrder(count);
        order.Begin(equipmentRanks.Length, tagRanks.Length);
        foreach (ref readonly var reading in readings.AsSpan())
        {
            order.Add(equipmentRanks[reading.EquipmentIndex], tagRanks[reading.TagIndex], reading.EventTimeMicros);
        }

        order.Sort();

        var expected = Enumerable.Range(0, count)
            .OrderBy(row => Math.Floor(readings[row].EventTimeMicros / (double)ReadingOrder.DayMicros))
            .ThenBy(row => equipmentRanks[readings[row].EquipmentIndex])
            .ThenBy(row => tagRanks[readings[row].TagIndex])
            .ThenBy(row => readings[row].EventTimeMicros)
            .ThenBy(row => row);
        Assert.Equal(expected, order.Rows.ToArray());
    }

    [Fact]
    public void The_day_before_the_epoch_is_day_minus_one()
    {
        Assert.Equal(-1, ReadingOrder.DayOf(-1));
        Assert.Equal(0, ReadingOrder.DayOf(0));
        Assert.Equal(0, ReadingOrder.DayOf(ReadingOrder.DayMicros - 1));
        Assert.Equal(1, ReadingOrder.DayOf(ReadingOrder.DayMicros));
    }

    private static int[] Shuffled(Random random, int count)
    {
        var ranks = Enumerable.Range(0, count).ToArray();
        random.Shuffle(ranks);
        return ranks;
    }
}
