namespace HotPath.TestKit.Reference;

/// <summary>
/// A trailing window that keeps every bucket there ever was, and joins those in sight each time it is asked. For the
/// reference model.
/// </summary>
internal sealed class ReferenceWindow(long widthMicros)
{
    private const int Buckets = 60;

    private readonly long _bucketMicros = (widthMicros / Buckets) + (widthMicros % Buckets == 0 ? 0 : 1);
    private readonly SortedDictionary<long, Part> _parts = [];
    private double? _zscore;

    public void Add(long now, double value, double grown)
    {
        var before = Joined(now);
        _zscore = before is { Count: >= 30 } && before.StdDev() > 0 ? (value - before.Mean) / before.StdDev() : null;
        var bucket = now / _bucketMicros;
        if (!_parts.TryGetValue(bucket, out var part))
        {
            _parts[bucket] = part = new Part();
        }

        part.Add(value, grown);
    }

    public object? Value(string function, long now)
    {
        var joined = Joined(now);
        double? value = function switch
        {
            "zscore" => _zscore,
            "count" => joined?.Count ?? 0,
            "sum" => joined?.Sum ?? 0,
            "increase" => joined?.Grown ?? 0,
            "avg" => joined?.Mean,
            "min" => joined?.Min,
            "max" => joined?.Max,
            "stddev" => joined?.StdDev(),
            _ => joined?.Last - joined?.First,
        };
        return value is { } number && double.IsFinite(number) ? number : null;
    }

    /// <summary>Instants at which a bucket goes out of sight.</summary>
    public IEnumerable<long> Expiries() => _parts.Keys.Select(bucket => (bucket + Buckets) * _bucketMicros);

    private Part? Joined(long now)
    {
        var newest = now / _bucketMicros;
        Part? whole = null;
        foreach (var (bucket, part) in _parts)
        {
            if (bucket > newest - Buckets)
            {
                whole = whole is null ? part with { } : whole.Then(part);
            }
        }

        return whole;
    }

    private sealed record Part
    {
        public double Count { get; private set; }

        public double Sum { get; private set; }

        public double Mean { get; private set; }

        public double Squares { get; private set; }

        public double Grown { get; private set; }

        public double Min { get; private set; } = double.PositiveInfinity;

        public double Max { get; private set; } = double.NegativeInfinity;

        public double First { get; private set; }

        public double Last { get; private set; }

        public void Add(double value, double grown)
        {
            First = Count == 0 ? value : First;
            Last = value;
            Count += 1;
            Sum += value;
            Grown += grown;
            var step = value - Mean;
            Mean += step / Count;
            Squares += step * (value - Mean);
            Min = Math.Min(Min, value);
            Max = Math.Max(Max, value);
        }

        public Part Then(Part later)
        {
            var n = Count + later.Count;
            var step = later.Mean - Mean;
            return this with
            {
                Mean = Mean + (step * later.Count / n),
                Squares = Squares + later.Squares + (step * step * Count * later.Count / n),
                Sum = Sum + later.Sum,
                Grown = Grown + later.Grown,
                Min = Math.Min(Min, later.Min),
                Max = Math.Max(Max, later.Max),
                Last = later.Last,
                Count = n,
            };
        }

        public double StdDev() => Min == Max ? 0 : Math.Sqrt(Squares / Count);
    }
}
