namespace HotPath.LoadGenerator.Plan;

/// <summary>When a gateway's machines are scanned. Every machine has its own place in the step.</summary>
internal sealed class Timetable
{
    private readonly long _startMillis;
    private readonly int _stepMillis;
    private readonly int _machineCount;

    public Timetable(PlanOptions options, int machineCount)
    {
        _startMillis = options.StartMillis;
        _stepMillis = options.StepMillis;
        _machineCount = machineCount;
        EndScan = options.ScanCount;
    }

    /// <summary>The first scan of the closing scene.</summary>
    public long EndScan { get; set; }

    /// <summary>Event time of a scan of the machine that stands at this place in its gateway.</summary>
    public long MillisOf(long scan, int place)
    {
        var offset = (long)place * _stepMillis / _machineCount;
        return scan < EndScan
            ? _startMillis + offset + (scan * _stepMillis)
            : _startMillis + offset + (EndScan * _stepMillis) + ((scan - EndScan) * PlanOptions.ClosingStepMillis);
    }

    /// <summary>The scan of this machine at exactly this time, or -1.</summary>
    public long ScanAt(long micros, int place)
    {
        var since = micros - (MillisOf(0, place) * 1_000);
        var scan = since / (_stepMillis * 1_000L);
        if (scan >= EndScan)
        {
            since -= EndScan * _stepMillis * 1_000L;
            scan = EndScan + (since / (PlanOptions.ClosingStepMillis * 1_000L));
        }

        return since >= 0 && MillisOf(scan, place) * 1_000 == micros ? scan : -1;
    }
}
