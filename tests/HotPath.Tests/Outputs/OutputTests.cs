using System.Globalization;
using System.Text;
using System.Text.Json;
using HotPath.Outputs;
using HotPath.TestKit;
using HotPath.Tests.Kinesis;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Abstractions;

namespace HotPath.Tests.Outputs;

/// <summary>What an output promises, with a receiver that does as it is told.</summary>
public sealed class OutputTests(ITestOutputHelper log) : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly LedgerUnderTest _ledger = new();
    private readonly TestClock _clock = new();

    public void Dispose()
    {
        _ledger.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Rows_go_out_once_each_machines_in_their_order_whatever_the_receiver_refuses_for_now()
    {
        var seed = TestSeed.Next();
        log.WriteLine($"HOTPATH_SEED={seed}");
        var random = new Random(seed);
        for (var row = 0; row < 300; row++)
        {
            _ledger.AddTransition(row / 2, $"m{random.Next(7)}", row.ToString(CultureInfo.InvariantCulture));
        }

        var target = new ScriptedTarget { Judge = _ => random.Next(3) == 0 ? Delivery.Later("busy") : Delivery.Done };
        await using var run = Start(target);

        await run.UntilAsync(() => target.Taken.Count >= 300);

        Assert.Equal(Enumerable.Range(0, 300), target.Taken.Select(StateOf).Order());
        foreach (var ofMachine in target.Taken.GroupBy(row => row.Key))
        {
            Assert.Equal(ofMachine.Select(StateOf).Order(), ofMachine.Select(StateOf));
        }

        Assert.Equal(300, target.Taken.Select(row => row.Id).Distinct().Count());
        Assert.Equal(300, run.Output.Counters.Sent);
        Assert.True(run.Output.Counters.Failed > 0);
    }

    [Fact]
    public async Task A_restart_goes_on_where_it_was_and_a_new_output_with_what_comes()
    {
        _ledger.AddTransition(1, "m", "0");
        var target = new ScriptedTarget();
        await using (var first = Start(target, oldest: false))
        {
            _ledger.AddTransition(2, "m", "1");
            await first.UntilAsync(() => target.Taken.Count == 1);
        }

        _ledger.AddTransition(3, "m", "2");
        await using var second = Start(target, oldest: false);
        await second.UntilAsync(() => target.Taken.Count == 2);
        _ledger.SafeLsn = 9;
        await second.UntilAsync(() => second.Output.PositionLsn == 9);

        Assert.Equal([1, 2], target.Taken.Select(StateOf));
    }

    [Fact]
    public async Task What_was_not_taken_when_the_process_ended_goes_out_after_the_next_start()
    {
        for (var row = 0; row < 6; row++)
        {
            _ledger.AddTransition(row, $"m{row}", row.ToString(CultureInfo.InvariantCulture));
        }

        // The third is refused: the position must not pass it although those behind it are out.
        var target = new ScriptedTarget { Judge = row => StateOf(row) == 2 ? Delivery.Later("away") : Delivery.Done };
        await using (var first = Start(target))
        {
            await first.UntilAsync(() => target.Taken.Count == 5);
            Assert.True(first.Output.PositionLsn < 2);
            Assert.Equal("away", first.Output.Counters.Problem);
        }

        target.Judge = _ => Delivery.Done;
        await using var second = Start(target);
        await second.UntilAsync(() => target.Taken.Any(row => StateOf(row) == 2) && second.Output.PositionLsn == 5);

        Assert.Equal(Enumerable.Range(0, 6), target.Taken.Select(StateOf).Distinct().Order());
    }

    [Fact]
    public async Task Only_rows_of_the_wanted_kinds_and_rules_go_out()
    {
        _ledger.AddTransition(1, "m", "0", rule: "line-1");
        _ledger.AddDowntime(1, "m", rule: "line-1");
        _ledger.AddTransition(2, "m", "1", rule: "oven");
        _ledger.AddTransition(3, "m", "2", rule: "line-2");
        _ledger.AddDowntime(3, "m", rule: "oven");
        var target = new ScriptedTarget();
        await using var run = Start(target, settings => settings with { Downtimes = false, RuleGlobs = ["line-*"] });

        await run.UntilAsync(() => run.Output.PositionLsn == 3);

        Assert.Equal([0, 2], target.Taken.Select(StateOf));
    }

    [Fact]
    public async Task What_the_receiver_will_never_take_is_a_dead_letter_and_can_be_sent_again()
    {
        _ledger.AddTransition(1, "m", "0");
        _ledger.AddTransition(2, "m", "1");
        var target = new ScriptedTarget { Judge = row => StateOf(row) == 0 ? Delivery.Never("400 No such hook") : Delivery.Done };
        await using var run = Start(target);
        await run.UntilAsync(() => run.Output.PositionLsn == 2);
        var letters = Path.Combine(_directory.Path, "letters", "hook.ndjson");
        var letter = JsonDocument.Parse(File.ReadAllText(letters)).RootElement;

        target.Judge = _ => Delivery.Done;
        File.Move(letters, Path.Combine(_directory.Path, "letters", "hook.again.ndjson"));
        _clock.NowMicros += 10_000_000;
        await run.UntilAsync(() => target.Taken.Count == 2);
        await run.UntilAsync(() => !File.Exists(Path.Combine(_directory.Path, "letters", "hook.again.ndjson")));

        Assert.Equal("400 No such hook", letter.GetProperty("reason").GetString());
        Assert.Equal([1, 0], target.Taken.Select(StateOf));
        Assert.Equal(letter.GetProperty("id").GetString(), target.Taken[1].Id);
        Assert.Equal(letter.GetProperty("row").GetRawText(), Encoding.UTF8.GetString(target.Taken[1].Json.Span));
        Assert.Equal(1, run.Output.Counters.Dead);
    }

    [Fact]
    public async Task What_was_tried_for_too_long_is_a_dead_letter_and_those_behind_it_go_out()
    {
        _ledger.AddTransition(1, "m", "0");
        _ledger.AddTransition(2, "m", "1");
        var target = new ScriptedTarget { Judge = row => StateOf(row) == 0 ? Delivery.Later("503") : Delivery.Done };
        await using var run = Start(target, settings => settings with { GiveUpAfter = TimeSpan.FromMinutes(5) });
        await run.UntilAsync(() => run.Output.Counters.Failed > 0);

        Assert.Empty(target.Taken);
        _clock.NowMicros += 300_000_000;
        await run.UntilAsync(() => run.Output.PositionLsn == 2);

        Assert.Equal([1], target.Taken.Select(StateOf));
        Assert.Contains("Given up after 00:05:00: 503", File.ReadAllText(Path.Combine(_directory.Path, "letters", "hook.ndjson")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_that_a_crash_has_torn_does_not_swallow_the_next_letter()
    {
        var path = _directory.Combine("torn.ndjson");
        File.WriteAllText(path, "{\"deadAt\":");

        DurableAppend.Append(path, "{\"whole\":1}\n"u8);

        Assert.Equal("{\"deadAt\":\n{\"whole\":1}\n", File.ReadAllText(path));
    }

    private static int StateOf(OutputRow row) => int.Parse(
        JsonDocument.Parse(row.Json).RootElement.GetProperty("toState").GetString()!, CultureInfo.InvariantCulture);

    private Run Start(ScriptedTarget target, bool oldest = true) => Start(target, settings => settings with { BeginsWithOldest = oldest });

    private Run Start(ScriptedTarget target, Func<OutputSettings, OutputSettings> change)
    {
        var settings = change(new OutputSettings
        {
            Name = "hook",
            BeginsWithOldest = true,
            RetryFirst = TimeSpan.FromMilliseconds(1),
            RetryMax = TimeSpan.FromMilliseconds(5),
            DeadLetters = new DeadLetters(Path.Combine(_directory.Path, "letters"), "hook"),
        });
        var position = new OutputPosition(_directory.Path, "hook", _ledger.Source.Instance);
        return new Run(new Output(settings, target, _ledger.Source, position, _clock, NullLogger.Instance), _clock);
    }

    /// <summary>
    /// Cause: a cursor that found a bad row went on in the next file. Symptom: a receiver that never hears of a stop, and nobody
    /// who is told.
    /// </summary>
    [Fact]
    public async Task Damage_ends_an_output_behind_the_last_whole_row_and_says_where()
    {
        for (var row = 0; row < 6; row++)
        {
            _ledger.AddTransition(row, "m", row.ToString(CultureInfo.InvariantCulture));
        }

        var wholeBytes = _ledger.EndBytes;
        _ledger.AddTransition(6, "m", "6");
        _ledger.AddTransition(7, "m", "7");
        var name = _ledger.TurnBit(wholeBytes + 30);
        _ledger.Roll(8);
        _ledger.AddTransition(8, "m", "8");
        var target = new ScriptedTarget();
        var position = new OutputPosition(_directory.Path, "hook", _ledger.Source.Instance);
        var settings = new OutputSettings { Name = "hook", BeginsWithOldest = true };
        using (var output = new Output(settings, target, _ledger.Source, position, _clock, NullLogger.Instance))
        {
            await output.RunAsync(CancellationToken.None);

            Assert.Equal(Enumerable.Range(0, 6), target.Taken.Select(StateOf));
            Assert.Contains(name, output.Counters.Problem!, StringComparison.Ordinal);
            Assert.Contains($"behind byte {wholeBytes}", output.Counters.Problem!, StringComparison.Ordinal);
            Assert.Contains("LSN 5 to 7", output.Counters.Problem!, StringComparison.Ordinal);
            Assert.Equal(4, output.PositionLsn);
        }

        // As when it was derived again: what was missing goes out, and what had gone does not.
        _ledger.Mend(0, wholeBytes + 30);
        await using var again = Start(target);
        await again.UntilAsync(() => target.Taken.Count == 9);
        Assert.Equal(Enumerable.Range(0, 9), target.Taken.Select(StateOf));
    }

    private sealed class Run : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly TestClock _clock;
        private readonly Task _running;

        public Run(Output output, TestClock clock)
        {
            Output = output;
            _clock = clock;
            _running = Task.Run(() => output.RunAsync(_stop.Token));
        }

        public Output Output { get; }

        /// <summary>Positions are stored once a second of the clock: it goes on while the test waits.</summary>
        public async Task UntilAsync(Func<bool> isReached)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
            while (!isReached())
            {
                Assert.False(_running.IsCompleted, _running.Exception?.ToString());
                _clock.NowMicros += 50_000;
                await poll.WaitForNextTickAsync(patience.Token);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _running;
            Output.Dispose();
            _stop.Dispose();
        }
    }
}
