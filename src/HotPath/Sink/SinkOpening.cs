using System.Runtime.ExceptionServices;
using HotPath.Delta;

namespace HotPath.Sink;

/// <summary>
/// The tables of one instance as they come within reach: at the start or, where they are away by then, once they are there
/// again. New ones are made only for a journal that never had any. Belongs to who starts, then to the sink's thread; any
/// thread may ask for the tables and the problem.
/// </summary>
internal sealed class SinkOpening : IDisposable
{
    // Detection does not wait for a store that hangs.
    private static readonly TimeSpan PatienceAtStart = TimeSpan.FromSeconds(5);

    private readonly SinkOptions _options;
    private readonly Guid _instance;
    private volatile SinkTables? _tables;
    private volatile string? _problem;

    private SinkOpening(SinkOptions options, Guid instance)
    {
        (_options, _instance) = (options, instance);
        Position = new SinkPosition(options.PositionDirectory, "delta", instance);
    }

    public SinkPosition Position { get; }

    /// <summary>Runs while the tables are written.</summary>
    public StepClock Clock { get; } = new();

    /// <summary>Null as long as they were not within reach, and for a sink that is off.</summary>
    public SinkTables? Tables => _tables;

    /// <summary>Why the tables could not be opened, or null.</summary>
    public string? Problem => _problem;

    /// <summary>The greatest LSN that the tables are known to hold.</summary>
    public long LsnMax => Math.Max(_tables?.HeldLsnMax ?? -1, Position.Lsn);

    /// <summary>Opens the tables, or leaves that to the sink where they are away and were there once.</summary>
    /// <exception cref="IOException">A first start needs them: a wrong location is better heard of at once.</exception>
    public static SinkOpening AtStart(SinkOptions options, Guid instance)
    {
        var opening = new SinkOpening(options, instance);
        if (!options.IsOn)
        {
            return opening;
        }

        // A first start has nothing to detect without delay, and its tables are made by many requests.
        using var over = new CancellationTokenSource(opening.Position.IsNew ? Timeout.InfiniteTimeSpan : PatienceAtStart);
        try
        {
            opening.OpenAsync(over.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            opening.GiveUpForNow(new IOException($"The tables at {options.Location} did not answer within {PatienceAtStart}."));
        }
        catch (Exception fault) when (IsPassing(fault))
        {
            opening.GiveUpForNow(fault);
        }

        return opening;
    }

    /// <summary>What waiting may mend: a disk, a network, a store.</summary>
    public static bool IsPassing(Exception fault) =>
        fault is IOException or UnauthorizedAccessException or DeltaException or HttpRequestException;

    /// <summary>True when they are open; else the problem says why not.</summary>
    public async Task<bool> TryOpenAsync(CancellationToken cancellation)
    {
        try
        {
            await OpenAsync(cancellation);
            return true;
        }
        catch (Exception fault) when (IsPassing(fault))
        {
            _problem = ProblemOf(fault);
            return false;
        }
    }

    public void Dispose() => _tables?.Dispose();

    private static string ProblemOf(Exception fault) => fault is DeltaException
        ? $"{fault.Message} Tables that were there once are waited for; to begin new ones there, stop, and remove data/sinks/delta-*.position."
        : fault.Message;

    private async Task OpenAsync(CancellationToken cancellation)
    {
        var tables = await SinkTables.OpenAsync(_options, _instance, mayCreate: Position.IsNew, Clock, cancellation);
        Position.Begin();
        _tables = tables;
        _problem = null;
    }

    private void GiveUpForNow(Exception fault)
    {
        if (Position.IsNew)
        {
            ExceptionDispatchInfo.Throw(fault);
        }

        _problem = ProblemOf(fault);
    }
}
