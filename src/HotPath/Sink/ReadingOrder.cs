using System.Numerics;

namespace HotPath.Sink;

/// <summary>
/// Sorts readings by date, equipment, tag, time, LSN. Belongs to the sink's thread; its arrays are reused.
/// <see cref="Begin"/>, <see cref="Add"/> for each reading in the order of LSN, <see cref="Sort"/>.
/// </summary>
/// <remarks>
/// A stable radix sort over (date, equipment rank, tag rank), 11 bits a pass, passes whose digit is the same everywhere
/// left out: for one day, 100,000 machines and 100 tags that is 3 passes. Readings of one tag mostly come in the order of
/// time already; what does not is sorted afterwards, tag by tag. Keys and times are kept beside the readings, so that no
/// pass touches these: a million of them are 64 MB, which no cache holds.
/// </remarks>
internal sealed class ReadingOrder
{
    public const long DayMicros = 86_400_000_000;

    private const int DigitBits = 11;
    private const int DigitCount = 1 << DigitBits;

    private readonly int[] _starts = new int[DigitCount];
    private readonly long[] _times; // by row
    private long[] _runTimes = [];
    private ulong[] _keys;
    private ulong[] _keysNext;
    private int[] _rows;
    private int[] _rowsNext;
    private ulong _differing;
    private int _tagBits;
    private int _rankBits;
    private long _timeMin;
    private long _timeMax;

    /// <param name="countMax">Readings that one sort takes at most.</param>
    public ReadingOrder(int countMax)
    {
        (_keys, _keysNext) = (new ulong[countMax], new ulong[countMax]);
        (_rows, _rowsNext) = (new int[countMax], new int[countMax]);
        _times = new long[countMax];
    }

    /// <summary>Row numbers in sorted order, of the last call of <see cref="Sort"/>.</summary>
    public ReadOnlySpan<int> Rows => _rows.AsSpan(0, Count);

    public int Count { get; private set; }

    /// <summary>The UTC day of a time, days since the epoch; floors, so that it is right before 1970 too.</summary>
    public static int DayOf(long micros)
    {
        var day = Math.DivRem(micros, DayMicros, out var rest);
        return (int)(rest < 0 ? day - 1 : day);
    }

    /// <summary>Forgets all readings. Ranks that come will be below these counts.</summary>
    public void Begin(int equipmentCount, int tagCount)
    {
        Count = 0;
        _differing = 0;
        _timeMin = long.MaxValue;
        _timeMax = long.MinValue;

        // 20 bits of rank each (EngineLimits), so that the day has 24: 1970 to 9999 are 22 bits of days.
        _tagBits = BitOperations.Log2((uint)Math.Max(1, tagCount)) + 1;
        _rankBits = _tagBits + BitOperations.Log2((uint)Math.Max(1, equipmentCount)) + 1;
    }

    /// <summary>The next reading; its row is the count before.</summary>
    public void Add(int equipmentRank, int tagRank, long eventTimeMicros)
    {
        var row = Count++;
        var key = ((ulong)(uint)equipmentRank << _tagBits) | (uint)tagRank;
        _keys[row] = key;
        _rows[row] = row;
        _times[row] = eventTimeMicros;
        _differing |= key ^ _keys[0];
        _timeMin = Math.Min(_timeMin, eventTimeMicros);
        _timeMax = Math.Max(_timeMax, eventTimeMicros);
    }

    public void Sort()
    {
        if (Count == 0)
        {
            return;
        }

        var dayMin = DayOf(_timeMin);
        if (DayOf(_timeMax) > dayMin)
        {
            AddDaysToKeys(dayMin);
        }

        for (var shift = 0; shift < 64; shift += DigitBits)
        {
            if ((_differing >> shift & (DigitCount - 1)) != 0)
            {
                Pass(shift);
            }
        }

        SortTimesWhereNeeded();
    }

    private void AddDaysToKeys(int dayMin)
    {
        for (var row = 0; row < Count; row++)
        {
            _keys[row] |= (ulong)(DayOf(_times[row]) - dayMin) << _rankBits;
            _differing |= _keys[row] ^ _keys[0];
        }
    }

    private void Pass(int shift)
    {
        ReadOnlySpan<ulong> keys = _keys.AsSpan(0, Count);
        ReadOnlySpan<int> rows = _rows.AsSpan(0, Count);
        Span<ulong> keysNext = _keysNext.AsSpan(0, Count);
        Span<int> rowsNext = _rowsNext.AsSpan(0, Count);
        Span<int> starts = _starts;
        starts.Clear();
        foreach (var key in keys)
        {
            starts[(int)(key >> shift) & (DigitCount - 1)]++;
        }

        var start = 0;
        foreach (ref var count in starts)
        {
            (count, start) = (start, start + count);
        }

        for (var at = 0; at < keys.Length; at++)
        {
            var to = starts[(int)(keys[at] >> shift) & (DigitCount - 1)]++;
            keysNext[to] = keys[at];
            rowsNext[to] = rows[at];
        }

        (_keys, _keysNext) = (_keysNext, _keys);
        (_rows, _rowsNext) = (_rowsNext, _rows);
    }

    private void SortTimesWhereNeeded()
    {
        for (var from = 0; from < Count;)
        {
            var isSorted = true;
            var to = from + 1;
            while (to < Count && _keys[to] == _keys[from])
            {
                isSorted &= _times[_rows[to]] >= _times[_rows[to - 1]];
                to++;
            }

            if (!isSorted)
            {
                SortByTime(from, to);
            }

            from = to;
        }
    }

    private void SortByTime(int from, int to)
    {
        var count = to - from;
        if (_runTimes.Length < count)
        {
            _runTimes = new long[(int)BitOperations.RoundUpToPowerOf2((uint)count)];
        }

        for (var at = 0; at < count; at++)
        {
            _runTimes[at] = _times[_rows[from + at]];
        }

        // Unstable: rows of one time are put in the order of their numbers, which is the order of LSN, afterwards.
        _runTimes.AsSpan(0, count).Sort(_rows.AsSpan(from, count));
        for (var at = 0; at < count;)
        {
            var end = at + 1;
            while (end < count && _runTimes[end] == _runTimes[at])
            {
                end++;
            }

            Array.Sort(_rows, from + at, end - at);
            at = end;
        }
    }
}
