namespace HotPath.LoadGenerator.Plan;

/// <summary>
/// The gateways that one thread sends for, in turn, so that their event times stay together. Owned by that thread.
/// </summary>
internal sealed class Feed
{
    private readonly GatewayScript[] _scripts;
    private int _next;
    private int _ended;

    public Feed(IReadOnlyList<Gateway> gateways, PlanOptions options)
    {
        _scripts = [.. gateways.Select(gateway => new GatewayScript(gateway, options))];
    }

    public IReadOnlyList<GatewayScript> Scripts => _scripts;

    /// <summary>The gateway whose turn it is.</summary>
    public GatewayScript Turn => _scripts[_next];

    public bool Ended => _ended == _scripts.Length;

    /// <summary>The next block of the gateway whose turn it is. Valid until the next call.</summary>
    public ReadOnlySpan<Scan> Next()
    {
        var script = _scripts[_next];
        if (script.Ended)
        {
            _next = (_next + 1) % _scripts.Length;
            return [];
        }

        var scans = script.Next();
        _ended += script.Ended ? 1 : 0;
        _next = (_next + 1) % _scripts.Length;
        return scans;
    }

    /// <summary>Ends the plan of every gateway at the next scan that none of them has begun.</summary>
    public void Close()
    {
        var scan = _scripts.Max(script => script.ScanUntouched);
        foreach (var script in _scripts)
        {
            script.CloseAt(scan);
        }
    }
}
