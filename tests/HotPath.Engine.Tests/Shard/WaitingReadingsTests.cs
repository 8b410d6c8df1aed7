using HotPath.Engine.Ring;
using HotPath.Engine.Shard;

namespace HotPath.Engine.Tests.Shard;

public sealed unsafe class WaitingReadingsTests : IDisposable
{
    private readonly NativePool _pool = new();
    private Machine _machine;

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public void Gives_back_what_was_added_whole_and_the_oldest_first(int seed)
    {
        var random = new Random(seed);
        var expected = new PriorityQueue<long, long>();
        fixed (Machine* machine = &_machine)
        {
            for (var step = 0; step < 20_000; step++)
            {
                // Grows to some hundreds, shrinks to none, and grows again.
                var isGrowing = step / 2_500 % 2 == 0;
                if (expected.Count > 0 && random.Next(10) < (isGrowing ? 3 : 7))
                {
                    var taken = WaitingReadings.Take(machine);
                    Assert.Equal(expected.Peek() / 1_000, taken.AtMicros);
                    expected.Dequeue();
                    ShouldBeWhole(taken, seed);
                }
                else
                {
                    var number = (random.Next(5_000) * 1_000L) + random.Next(1_000);
                    WaitingReadings.Add(machine, _pool, Make(number));
                    expected.Enqueue(number, number / 1_000);
                }

                Assert.Equal(expected.Count, machine->WaitingCount);
                if (expected.Count > 0)
                {
                    Assert.Equal(expected.Peek() / 1_000, machine->DueMicros);
                    Assert.Equal(WaitingReadings.At(machine, 0).ValueBits, machine->WaitingParts[machine->OldestPlace].ValueBits);
                }
            }
        }
    }

    [Fact]
    public void Every_one_that_waits_can_be_seen_once()
    {
        fixed (Machine* machine = &_machine)
        {
            for (var number = 0; number < 500; number++)
            {
                WaitingReadings.Add(machine, _pool, Make((number * 7_919L % 500 * 1_000) + 3));
            }

            for (var taken = 0; taken < 200; taken++)
            {
                WaitingReadings.Take(machine);
            }

            var seen = new List<long>();
            for (var index = 0; index < machine->WaitingCount; index++)
            {
                seen.Add(WaitingReadings.At(machine, index).AtMicros);
            }

            Assert.Equal(Enumerable.Range(200, 300).Select(at => (long)at), seen.Order());
        }
    }

    public void Dispose() => _pool.Dispose();

    // Every part follows from the number, the event time from its thousands.
    private static WaitingReading Make(long number) => new()
    {
        AtMicros = number / 1_000,
        ValueBits = number,
        SequenceNumber = number * 3,
        TagIndex = (int)(number % 1_001),
        SourceIndex = (int)(number % 77),
        ValueKind = (ValueKind)(number % 3),
        Quality = (Quality)(number % 2),
    };

    private static void ShouldBeWhole(in WaitingReading taken, int seed)
    {
        var made = Make(taken.ValueBits);
        Assert.True(
            made.AtMicros == taken.AtMicros && made.SequenceNumber == taken.SequenceNumber && made.TagIndex == taken.TagIndex
            && made.SourceIndex == taken.SourceIndex && made.ValueKind == taken.ValueKind && made.Quality == taken.Quality,
            $"seed {seed}: a reading of {taken.AtMicros} has parts of another");
    }
}
