namespace HotPath.LoadGenerator.Plan;

/// <summary>
/// The life of one machine as a chain of phases without end, drawn from the seed: it runs, and then something
/// happens to it, over and over. Two plans of the same seed, machine and step are the same for ever.
/// </summary>
internal sealed class MachinePlan
{
    private const int ScenePhasesMax = 8;

    private readonly Phase[] _scene = new Phase[ScenePhasesMax];
    private readonly int _stepMillis;
    private readonly bool _sensorFaults;
    private readonly uint _unitsPerScan;
    private SplitMix _random;
    private int _phaseNext;
    private int _phaseCount;
    private long _scanNext;
    private uint _counter;
    private byte _product;

    public MachinePlan(ulong seed, int machine, PlanOptions options)
    {
        _random = new SplitMix(SplitMix.Mix(seed, (ulong)machine));
        _stepMillis = options.StepMillis;
        _sensorFaults = options.SensorFaults;
        _unitsPerScan = (uint)_random.Between(3, 9);
        _product = (byte)_random.Below(Words.Products.Length);
    }

    public Phase Next()
    {
        if (_phaseNext == _phaseCount)
        {
            _phaseNext = _phaseCount = 0;
            DrawScene();
        }

        return _scene[_phaseNext++];
    }

    /// <summary>What a machine does once its plan is cut short: it runs well until the end.</summary>
    public static Phase Closing(in Phase cut, long scan) => new()
    {
        FirstScan = scan,
        ScanCount = long.MaxValue - scan,
        Heard = true,
        CounterBefore = cut.CounterAt(scan - 1),
        UnitsPerScan = 1,
        Condition = new Condition { Producing = true, Product = cut.Condition.Product },
    };

    private void DrawScene()
    {
        Run(60, 600, Running);
        switch (_random.Below(100))
        {
            case < 26:
                Stop(3, 55);
                break;
            case < 42:
                Stop(60, 900);
                break;
            case < 49:
                StarveThenStop();
                break;
            case < 56:
                ChangeOver();
                break;
            case < 60:
                Run(240, 900, new Condition { Activity = Activity.Cleaning, Product = _product });
                break;
            case < 72:
                Overheat();
                break;
            case < 77:
                LoseSensor();
                break;
            case < 86:
                LoseConnection();
                break;
            case < 93:
                Reject();
                break;
            default:
                Run(10, 240, Running with { Producing = false });
                break;
        }
    }

    private Condition Running => new() { Producing = true, Product = _product };

    private Condition Stopped => new()
    {
        Activity = Activity.Stopped,
        Fault = (byte)_random.Between(1, Words.Faults.Length - 1),
        Product = _product,
    };

    private void Stop(int secondsMin, int secondsMax)
    {
        var stopped = Stopped;
        if (_random.Below(3) == 0)
        {
            // The fault is known only after a while: the stop then has no reason, since no transition gives one.
            Run(1, 5, stopped with { Fault = Words.NoFault });
        }

        Run(secondsMin, secondsMax, stopped);
    }

    private void StarveThenStop()
    {
        Run(5, 120, new Condition { Activity = Activity.Starved, Product = _product });
        if (_random.Below(2) == 0)
        {
            Run(5, 300, Stopped);
        }
    }

    private void ChangeOver()
    {
        var before = _product;
        Run(120, 400, new Condition { Activity = Activity.Setup, Product = before });
        _product = (byte)((before + 1 + _random.Below(Words.Products.Length - 1)) % Words.Products.Length);
        Run(30, 200, new Condition { Activity = Activity.Setup, Product = _product });
    }

    private void Overheat()
    {
        Run(5, 60, Running with { Thermal = Thermal.Warm });
        Run(20, 180, Running with { Thermal = Thermal.Hot });
        if (_random.Below(2) == 0)
        {
            // Back between the limits and up again: hysteresis keeps the warning.
            Run(5, 60, Running with { Thermal = Thermal.Warm });
            Run(20, 120, Running with { Thermal = Thermal.Hot });
        }

        if (_random.Below(2) == 0)
        {
            // Cool for less than the off-delay, or just longer.
            Run(2, 12, Running);
            Run(20, 120, Running with { Thermal = Thermal.Hot });
        }

        Run(5, 30, Running with { Thermal = Thermal.Warm });
    }

    private void LoseSensor()
    {
        if (!_sensorFaults)
        {
            return;
        }

        var hot = _random.Below(2) == 0 ? Thermal.Hot : Thermal.Cool;
        Run(30, 120, Running with { Thermal = hot });
        Run(5, 90, Running with { Thermal = hot, SensorFault = true });
        Run(30, 120, Running with { Thermal = hot });
    }

    private void LoseConnection()
    {
        var condition = _random.Below(3) switch { 0 => Stopped, 1 => Running with { Producing = false }, _ => Running };
        Run(10, 60, condition);
        Append(_random.Between(5, 150), condition, heard: false);
        if (_random.Below(2) == 0)
        {
            Run(5, 60, condition);
        }
    }

    private void Reject()
    {
        Run(1, 30, Running with { Rejecting = true });
        Run(1, 9, Running);
        Run(1, 30, Running with { Rejecting = true });
    }

    private void Run(int secondsMin, int secondsMax, in Condition condition) =>
        Append(_random.Between(secondsMin, secondsMax), condition, heard: true);

    private void Append(int seconds, in Condition condition, bool heard)
    {
        var phase = new Phase
        {
            FirstScan = _scanNext,
            ScanCount = Math.Max(1, seconds * 1000L / _stepMillis),
            Condition = condition,
            Heard = heard,
            CounterBefore = _counter,
            UnitsPerScan = condition.Producing ? _unitsPerScan : 0,
        };
        _scene[_phaseCount++] = phase;
        _counter = phase.CounterAt(phase.EndScan - 1);
        _scanNext = phase.EndScan;
    }
}
