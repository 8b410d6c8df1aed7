using System.Diagnostics;
using HotPath.LoadGenerator.Plan;

namespace HotPath.LoadGenerator.Run;

/// <summary>Moves the scans of one feed to one sink at the pace asked for, until the feed has ended.</summary>
internal sealed class FeedPump
{
    private const int WaitMillis = 1;

    private readonly Feed _feed;
    private readonly IPieceSink _sink;
    private readonly Pace _pace;
    private readonly RunLimits _limits;
    private readonly LoadCounters _counters;
    private long _due;
    private long _flushedTicks;
    private bool _hurrying;
    private bool _closing;

    public FeedPump(Feed feed, IPieceSink sink, Pace pace, RunLimits limits, LoadCounters counters)
    {
        _feed = feed;
        _sink = sink;
        _pace = pace;
        _limits = limits;
        _counters = counters;
    }

    public void Run()
    {
        while (!_feed.Ended)
        {
            Step();
        }

        _sink.Finish();
    }

    /// <summary>One block of one gateway, or nothing while its time has not come.</summary>
    public void Step()
    {
        if (!_closing && _limits.TimeIsUp)
        {
            _closing = true;
            _feed.Close();
            HurryWhenTimeIsUp();
        }

        if (!_closing && _feed.Turn.NextMillisMax > _limits.EventMillisMax && !_feed.Turn.Ended)
        {
            AwaitTheClock();
            return;
        }

        foreach (ref readonly var scan in _feed.Next())
        {
            Send(scan);
        }
    }

    /// <summary>Event time has caught up with now: from here on the clock is the pace.</summary>
    private void AwaitTheClock()
    {
        _sink.Flush();
        var since = Stopwatch.GetTimestamp();
        Thread.Sleep(WaitMillis);
        _counters.PaceWaitTicks += Stopwatch.GetTimestamp() - since;
    }

    private void Send(in Scan scan)
    {
        var times = scan.Twice ? 2 : 1;
        for (var piece = 0; piece < _sink.PiecesPerScan; piece++)
        {
            // The second right behind the first: a repeated reading is one of the machine's last 128 (RULES.md).
            for (var time = 0; time < times; time++)
            {
                _sink.Add(scan, piece, again: time > 0);
            }

            _counters.Offered += times * _sink.ReadingsIn(piece);
            _counters.Duplicates += (times - 1) * _sink.ReadingsIn(piece);
        }

        _counters.EventMillis = scan.Millis;
        if (_counters.Offered >= _due)
        {
            WaitUntilDue();
        }
    }

    private void WaitUntilDue()
    {
        var since = Stopwatch.GetTimestamp();
        while (_counters.Offered >= (_due = _pace.Due))
        {
            if (Stopwatch.GetElapsedTime(_flushedTicks) >= _sink.Linger)
            {
                _sink.Flush();
                _flushedTicks = Stopwatch.GetTimestamp();
            }

            Thread.Sleep(WaitMillis);
            HurryWhenTimeIsUp();
        }

        _counters.PaceWaitTicks += Stopwatch.GetTimestamp() - since;
    }

    private void HurryWhenTimeIsUp()
    {
        if (!_hurrying && _limits.TimeIsUp)
        {
            _hurrying = true;
            _pace.Hurry(_counters.Offered);
        }
    }
}
