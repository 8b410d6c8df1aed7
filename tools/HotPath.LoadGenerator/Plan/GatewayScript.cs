namespace HotPath.LoadGenerator.Plan;

/// <summary>
/// The scans of one gateway in the order in which they are sent. Owned by the thread of its feed. Never late for its
/// own disorder: scans are shuffled within blocks that span less event time than that.
/// </summary>
internal sealed class GatewayScript
{
    private const int BlockScansMax = 1 << 20;

    private readonly PlanOptions _options;
    private readonly MachinePlan[] _plans; // by place
    private readonly Phase[] _phases; // by place: the phase of the next scan
    private readonly Scan[] _block;
    private readonly int _blockScans;
    private SplitMix _random;
    private long _scanNext;
    private int _placeNext;

    public GatewayScript(Gateway gateway, PlanOptions options)
    {
        Gateway = gateway;
        _options = options;
        Timetable = new Timetable(options, gateway.MachineCount);
        _random = new SplitMix(SplitMix.Mix(~options.Seed, (ulong)gateway.MachineFirst));
        _plans = new MachinePlan[gateway.MachineCount];
        _phases = new Phase[gateway.MachineCount];
        for (var place = 0; place < _plans.Length; place++)
        {
            _plans[place] = new MachinePlan(options.Seed, gateway.MachineFirst + place, options);
            _phases[place] = _plans[place].Next();
        }

        _blockScans = BlockScans(options, gateway.MachineCount);
        _block = new Scan[Math.Max(_blockScans, gateway.MachineCount)];
    }

    public Gateway Gateway { get; }

    public Timetable Timetable { get; }

    /// <summary>The closing scene has been sent.</summary>
    public bool Ended => _scanNext - _options.ClosingScans >= Timetable.EndScan;

    /// <summary>The first scan of which nothing has been sent yet by any machine.</summary>
    public long ScanUntouched => _placeNext == 0 ? _scanNext : _scanNext + 1;

    /// <summary>
    /// No scan of the plan in the next block is later than this; the closing scene has its room anyway.
    /// </summary>
    public long NextMillisMax => _scanNext >= Timetable.EndScan
        ? long.MinValue
        : Timetable.MillisOf(
            Math.Min(_scanNext + 1 + (_blockScans / Gateway.MachineCount), Timetable.EndScan),
            Gateway.MachineCount - 1);

    /// <summary>Sends the plan up to this scan and then the closing scene.</summary>
    public void CloseAt(long scan) => Timetable.EndScan = Math.Min(Timetable.EndScan, scan);

    /// <summary>
    /// The next block, without the scans that nobody hears; it may be empty. Valid until the next call.
    /// </summary>
    public ReadOnlySpan<Scan> Next()
    {
        var closing = _scanNext >= Timetable.EndScan;
        var left = closing ? Gateway.MachineCount : _blockScans;
        var count = 0;
        while (left-- > 0 && closing == (_scanNext >= Timetable.EndScan))
        {
            count += TryTake(ref _block[count]) ? 1 : 0;
            if (++_placeNext == Gateway.MachineCount)
            {
                _placeNext = 0;
                _scanNext++;
            }
        }

        if (_options.DisorderMillis > 0 && !closing)
        {
            Shuffle(_block.AsSpan(0, count));
        }

        return _block.AsSpan(0, count);
    }

    /// <summary>
    /// As many scans, in order of time, as lie less than the disorder apart; one round if there is none.
    /// </summary>
    private static int BlockScans(PlanOptions options, int machineCount)
    {
        // n scans span at most ceil((n-1) * step / machines) ms, since every time is rounded down to a whole one.
        var scans = options.DisorderMillis == 0
            ? machineCount
            : 1 + ((options.DisorderMillis - 1L) * machineCount / options.StepMillis);
        return (int)Math.Min(scans, BlockScansMax);
    }

    private bool TryTake(ref Scan scan)
    {
        ref var phase = ref _phases[_placeNext];
        if (_scanNext == Timetable.EndScan)
        {
            phase = MachinePlan.Closing(phase, _scanNext);
        }
        else if (_scanNext == phase.EndScan)
        {
            phase = _plans[_placeNext].Next();
        }

        if (!phase.Heard)
        {
            return false;
        }

        scan.Machine = Gateway.MachineFirst + _placeNext;
        scan.Number = _scanNext;
        scan.Millis = Timetable.MillisOf(_scanNext, _placeNext);
        scan.Counter = phase.CounterAt(_scanNext);
        scan.Condition = phase.Condition;
        scan.Twice = _options.DuplicateShare > 0 && _random.Happens(_options.DuplicateShare);
        return true;
    }

    private void Shuffle(Span<Scan> scans)
    {
        for (var last = scans.Length - 1; last > 0; last--)
        {
            var other = _random.Below(last + 1);
            (scans[last], scans[other]) = (scans[other], scans[last]);
        }
    }
}
