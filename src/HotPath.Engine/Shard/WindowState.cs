using System.Runtime.InteropServices;
using HotPath.Engine.Rules;
using HotPath.Engine.Rules.Expressions;

namespace HotPath.Engine.Shard;

/// <summary>Count, sum, mean, squared deviations, extremes, growth, first and last of some numbers (RULES.md).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Moments
{
    public long Bucket;
    public long Count;
    public double Sum;
    public double Mean;
    public double Squares;
    public double Grown;
    public double Min;
    public double Max;
    public double First;
    public double Last;

    /// <summary>Of the population; 0 when all numbers are equal, whatever rounding left behind.</summary>
    public readonly double StdDev => Min == Max ? 0.0 : Math.Sqrt(Squares / Count);

    /// <summary>One more number (Welford). The order of operations is the contract: results are equal to the bit.</summary>
    public void Add(double value, double grown)
    {
        Count++;
        Sum += value;
        Grown += grown;
        var step = value - Mean;
        Mean += step / Count;
        Squares += step * (value - Mean);
        Min = Count == 1 || value < Min ? value : Min;
        Max = Count == 1 || value > Max ? value : Max;
        First = Count == 1 ? value : First;
        Last = value;
    }

    /// <summary>The numbers of a later bucket behind these (Chan). The order of operations is the contract.</summary>
    public void Join(in Moments later)
    {
        if (Count == 0)
        {
            // A copy, so that the mean of equal numbers is that number.
            this = later;
            return;
        }

        var count = Count + later.Count;
        var step = later.Mean - Mean;
        Mean += step * later.Count / count;
        Squares = Squares + later.Squares + (step * step * Count * later.Count / count);
        Sum += later.Sum;
        Grown += later.Grown;
        Min = later.Min < Min ? later.Min : Min;
        Max = later.Max > Max ? later.Max : Max;
        Last = later.Last;
        Count = count;
    }
}

/// <summary>
/// The trailing window of one tag of one machine: at most 60 buckets, only those that hold numbers, in a ring. All but
/// the newest are joined once, so that a reading costs one join as long as no bucket begins or expires.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe partial struct WindowState
{
    private const int BucketCountFirst = 4;

    private Moments* _buckets;
    private int _capacity;
    private int _head;
    private int _count;
    private bool _isOlderJoined;
    private bool _hasZScore;
    public int TimerPlace;
    private Moments _older;
    private double _zScore;

    public readonly bool IsEmpty => _count == 0;

    /// <summary>When the oldest bucket expires. Not to be asked when empty.</summary>
    public readonly long ExpiryMicros(long bucketMicros) =>
        (_buckets[_head].Bucket + RuleLimits.WindowBuckets) * bucketMicros;

    public void Expire(long nowMicros, long bucketMicros)
    {
        var oldest = (nowMicros / bucketMicros) - RuleLimits.WindowBuckets;
        while (_count > 0 && _buckets[_head].Bucket <= oldest)
        {
            _head = _head + 1 == _capacity ? 0 : _head + 1;
            _count--;
            _isOlderJoined = false;
        }
    }

    public void Add(NativePool pool, long nowMicros, long bucketMicros, double value, double grown)
    {
        Whole(nowMicros, bucketMicros, out var before);
        var stdDev = before.StdDev;
        _hasZScore = before.Count >= RuleLimits.ZScoreCountMin && stdDev > 0.0;
        _zScore = _hasZScore ? (value - before.Mean) / stdDev : 0.0;

        var bucket = nowMicros / bucketMicros;
        if (_count == 0 || Newest().Bucket != bucket)
        {
            Begin(pool, bucket);
        }

        Newest().Add(value, grown);
    }

    /// <summary>The value of a function at an instant; false = unknown.</summary>
    public bool TryGet(WindowFunction function, long nowMicros, long bucketMicros, out double value)
    {
        if (function == WindowFunction.ZScore)
        {
            value = _zScore;
            return _hasZScore && double.IsFinite(value);
        }

        Whole(nowMicros, bucketMicros, out var whole);
        value = function switch
        {
            WindowFunction.Count => whole.Count,
            WindowFunction.Sum => whole.Sum,
            WindowFunction.Increase => whole.Grown,
            WindowFunction.Avg => whole.Mean,
            WindowFunction.Min => whole.Min,
            WindowFunction.Max => whole.Max,
            WindowFunction.StdDev => whole.StdDev,
            _ => whole.Last - whole.First,
        };
        var isOfNothing = whole.Count == 0
            && function is not (WindowFunction.Count or WindowFunction.Sum or WindowFunction.Increase);
        return !isOfNothing && double.IsFinite(value);
    }

    public void Free(NativePool pool)
    {
        pool.Give(_buckets, (long)_capacity * sizeof(Moments));
        this = default;
    }

    private void Whole(long nowMicros, long bucketMicros, out Moments whole)
    {
        Expire(nowMicros, bucketMicros);
        if (_count == 0)
        {
            whole = default;
            return;
        }

        if (!_isOlderJoined)
        {
            JoinOlder();
        }

        whole = _older;
        whole.Join(Newest());
    }

    private void JoinOlder()
    {
        _older = default;
        for (var index = 0; index < _count - 1; index++)
        {
            _older.Join(_buckets[(_head + index) % _capacity]);
        }

        _isOlderJoined = true;
    }

    private readonly ref Moments Newest() => ref _buckets[(_head + _count - 1) % _capacity];

    private void Begin(NativePool pool, long bucket)
    {
        if (_count == _capacity)
        {
            GrowWhenFull(pool);
        }

        if (_count > 0 && _isOlderJoined)
        {
            _older.Join(Newest());
        }

        _count++;
        Newest() = new Moments { Bucket = bucket };
    }

    private void GrowWhenFull(NativePool pool)
    {
        var capacity = Math.Clamp(_capacity * 2, BucketCountFirst, RuleLimits.WindowBuckets);
        var larger = (Moments*)pool.Take((long)capacity * sizeof(Moments));
        for (var index = 0; index < _count; index++)
        {
            larger[index] = _buckets[(_head + index) % _capacity];
        }

        pool.Give(_buckets, (long)_capacity * sizeof(Moments));
        _buckets = larger;
        _capacity = capacity;
        _head = 0;
    }
}
