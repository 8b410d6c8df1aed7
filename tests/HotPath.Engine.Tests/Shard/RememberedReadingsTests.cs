using HotPath.Engine.Shard;

namespace HotPath.Engine.Tests.Shard;

/// <summary>The ring of remembered readings with its prints, against a queue of the last 128.</summary>
public sealed unsafe class RememberedReadingsTests : IDisposable
{
    private readonly NativePool _pool = new();
    private readonly Queue<RememberedReading> _expected = new();
    private Machine _machine;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Holds_what_the_last_128_were_however_long_nobody_asked(int seed)
    {
        var random = new Random(seed);
        fixed (Machine* machine = &_machine)
        {
            for (var step = 0; step < 4_000; step++)
            {
                // Stretches without a question, up to beyond two rounds of the ring: prints follow when they are needed.
                var isAsking = random.Next(300) != 0;
                var count = isAsking ? 1 : random.Next(300);
                for (var index = 0; index < count; index++)
                {
                    Add(machine, Random(random), onTheLongWay: random.Next(2) == 0);
                }

                var known = _expected.ElementAt(random.Next(_expected.Count));
                Assert.True(RememberedReadings.Holds(machine, _pool, known), $"seed {seed}, step {step}");
                foreach (var other in Neighbours(known))
                {
                    Assert.Equal(_expected.Contains(other), RememberedReadings.Holds(machine, _pool, other));
                }
            }
        }
    }

    [Fact]
    public void One_that_left_the_ring_is_held_no_more()
    {
        fixed (Machine* machine = &_machine)
        {
            for (var number = 0; number < 1_000; number++)
            {
                Add(machine, new RememberedReading(number, 5, number, 7), onTheLongWay: number % 3 == 0);
                for (var back = 0; back < 300; back += 17)
                {
                    var old = new RememberedReading(number - back, 5, number - back, 7);
                    Assert.Equal(back < EngineLimits.RememberedReadings && number >= back, RememberedReadings.Holds(machine, _pool, old));
                }
            }
        }
    }

    [Fact]
    public void A_machine_that_was_never_asked_has_no_prints()
    {
        fixed (Machine* machine = &_machine)
        {
            for (var number = 0; number < 300; number++)
            {
                Add(machine, new RememberedReading(number, 0, 0, 0), onTheLongWay: number % 2 == 0);
            }

            Assert.True(machine->Prints == null);
            Assert.True(RememberedReadings.Holds(machine, _pool, new RememberedReading(299, 0, 0, 0)));
            Assert.False(machine->Prints == null);
        }
    }

    public void Dispose() => _pool.Dispose();

    private void Add(Machine* machine, in RememberedReading reading, bool onTheLongWay)
    {
        if (onTheLongWay)
        {
            RememberedReadings.AddWithPrint(machine, _pool, reading);
        }
        else
        {
            RememberedReadings.Add(machine, _pool, reading);
        }

        _expected.Enqueue(reading);
        if (_expected.Count > EngineLimits.RememberedReadings)
        {
            _expected.Dequeue();
        }
    }

    // Few values, so that many are alike in all but one part.
    private static RememberedReading Random(Random random) =>
        new(random.Next(40), random.Next(4), random.Next(3) - 1, (ulong)random.Next(3));

    private static RememberedReading[] Neighbours(RememberedReading of) =>
    [
        of with { AtMicros = of.AtMicros + 1 },
        of with { ValueBits = of.ValueBits + 1 },
        of with { SequenceNumber = of.SequenceNumber + 1 },
        of with { Rest = of.Rest + 1 },
    ];
}
