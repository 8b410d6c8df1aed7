using HotPath.Delta;
using HotPath.Engine;
using HotPath.Engine.Names;
using HotPath.Engine.Replay;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules;
using HotPath.Sink;
using HotPath.Standstills;

namespace HotPath.Backtests;

/// <param name="Lead">Readings of so long before the window bring machines into the states in which it finds them.</param>
/// <param name="Equipment">Null = all machines.</param>
internal sealed record BacktestRequest(RuleDocument Rules, long FromMicros, long ToMicros, TimeSpan Lead, Func<string, bool>? Equipment);

/// <summary>
/// What a rule document would have made of recorded readings, beside what was made of them. One runs at a time, on a thread
/// of its own with the least priority; it reads the tables and nothing of the running engine. Any thread may ask.
/// </summary>
/// <param name="tables">Where the tables are.</param>
/// <param name="options">How they are reached.</param>
/// <param name="time">The time options of the service.</param>
/// <param name="limits">What one may take.</param>
internal sealed class Backtest(string tables, DeltaTableOptions options, TimeOptions time, BacktestLimits limits) : IDisposable
{
    private const int BatchSlots = 1024;

    private readonly SemaphoreSlim _seat = new(1);

    /// <exception cref="BacktestRefusedException">Another one runs, or it takes too much; the message says what to do.</exception>
    /// <exception cref="DeltaException">The tables cannot be read.</exception>
    public async Task<BacktestResult> RunAsync(BacktestRequest request, CancellationToken cancellation)
    {
        if (!_seat.Wait(0, CancellationToken.None))
        {
            throw new BacktestRefusedException("Another backtest is running; one runs at a time.");
        }

        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        ends.CancelAfter(limits.Time);
        try
        {
            return await LoopThread.Run("backtest", () =>
            {
                LowPriority.TakeForThisThread();
                return WorkAsync(request, ends.Token);
            });
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new BacktestRefusedException($"It took longer than {limits.Time.TotalSeconds:N0} s: choose a shorter window or fewer machines.");
        }
        catch (TooManyReadingsException many)
        {
            throw new BacktestRefusedException($"{many.Message} Choose a shorter window or fewer machines.");
        }
        finally
        {
            _seat.Release();
        }
    }

    public void Dispose() => _seat.Dispose();

    private async Task<BacktestResult> WorkAsync(BacktestRequest request, CancellationToken cancellation)
    {
        var names = new NameTables();
        var would = new BacktestRows(names, request.FromMicros, request.ToMicros, limits.Rows);
        var readings = 0L;
        using (var run = new ReplayRun(names, shardCount: 1, BatchSlots, time, would.Take))
        {
            if (!run.TryAddRules(request.Rules, Slot.NoNumber, out var faults))
            {
                throw new BacktestRefusedException(string.Join(' ', faults.Select(fault => fault.ToString())));
            }

            foreach (var reading in await ReadAsync(request, names, cancellation))
            {
                run.Add(reading);
                if (++readings % BatchSlots == 0)
                {
                    cancellation.ThrowIfCancellationRequested();
                }
            }

            run.Finish();
        }

        var were = new TableStandstills(tables, options);
        return new BacktestResult(
            readings,
            would.TransitionCount,
            await were.TransitionCountAsync(request.FromMicros, request.ToMicros, request.Equipment, cancellation),
            BacktestComparison.Of(
                would.Standstills,
                await were.ReadAsync(request.FromMicros, request.ToMicros, request.Equipment, cancellation),
                request.FromMicros,
                request.ToMicros,
                limits.Rows));
    }

    private Task<IEnumerable<Slot>> ReadAsync(BacktestRequest request, NameTables names, CancellationToken cancellation) =>
        new TableReadings(request.FromMicros - (long)request.Lead.TotalMicroseconds, request.ToMicros, null)
        {
            IsWanted = request.Equipment,
            CountMax = limits.Readings,
            Table = options,
        }.ReadAsync($"{tables.TrimEnd('/')}/{TableSchemas.Readings.Name}", names, cancellation);
}

/// <summary>It cannot be run; the message is all that a caller needs.</summary>
internal sealed class BacktestRefusedException(string message) : Exception(message);

/// <param name="Readings">That were replayed, those before the window too.</param>
/// <param name="TransitionsWould">Within the window.</param>
/// <param name="TransitionsWere">Within the window, as the table has them.</param>
internal sealed record BacktestResult(long Readings, long TransitionsWould, long TransitionsWere, BacktestComparison Downtimes);
