using System.Numerics;
using HotPath.Engine.Ring;

namespace HotPath.Sink;

/// <summary>
/// Sorts readings by date, equipment, tag, time, LSN. Belongs to the sink's thread; its arrays are reused.
/// </summary>
/// <remarks>
/// A stable radix sort over (date, equipment rank, tag rank), 11 bits a pass, passes whose digit is the same everywhere
/// left out: for one day, 100,000 machines and 100 tags that is 3 passes. Readings of one tag mostly come in the order of
/// time already; what does not is sorted afterwards, tag by tag.
/// </remarks>
internal sealed class ReadingOrder
{
    public const long DayMicros = 86_400_000_000;

    private const int DigitBits = 11;
    private const int DigitCount = 1 << DigitBits;

    private readonly int[] _starts = new int[DigitCount];
    private readonly long[] _times;
    private ulong[] _keys;
    private ulong[] _keysNext;
    private int[] _rows;
    private int[] _rowsNext;

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

    public void Sort(ReadOnlySpan<Slot> readings, ReadOnlySpan<int> equipmentRanks, ReadOnlySpan<int> tagRanks)
    {
        Count = readings.Length;
        if (Count == 0)
        {
            return;
        }

        var dayMin = int.MaxValue;
        foreach (ref readonly var reading in readings)
        {
            dayMin = Math.Min(dayMin, DayOf(reading.EventTimeMicros));
        }

        // 20 bits of rank each (EngineLimits), so that the day has 24: 1970 to 9999 are 22 bits of days.
        var tagBits = BitOperations.Log2((uint)Math.Max(1, tagRanks.Length)) + 1;
        var equipmentBits = BitOperations.Log2((uint)Math.Max(1, equipmentRanks.Length)) + 1;
        var differing = 0UL;
        for (var row = 0; row < Count; row++)
        {
            ref readonly var reading = ref readings[row];
            var day = (ulong)(DayOf(reading.EventTimeMicros) - dayMin);
            _keys[row] = (day << (equipmentBits + tagBits))
                | ((ulong)(uint)equipmentRanks[reading.EquipmentIndex] << tagBits)
                | (uint)tagRanks[reading.TagIndex];
            _rows[row] = row;
            differing |= _keys[row] ^ _keys[0];
        }

        for (var shift = 0; shift < 64; shift += DigitBits)
        {
            if ((differing >> shift & (DigitCount - 1)) != 0)
            {
                Pass(shift);
            }
        }

        SortTimesWhereNeeded(readings);
    }

    private void Pass(int shift)
    {
        Array.Clear(_starts);
        for (var at = 0; at < Count; at++)
        {
            _starts[(int)(_keys[at] >> shift) & (DigitCount - 1)]++;
        }

        var start = 0;
        for (var digit = 0; digit < DigitCount; digit++)
        {
            (_starts[digit], start) = (start, start + _starts[digit]);
        }

        for (var at = 0; at < Count; at++)
        {
            var to = _starts[(int)(_keys[at] >> shift) & (DigitCount - 1)]++;
            _keysNext[to] = _keys[at];
            _rowsNext[to] = _rows[at];
        }

        (_keys, _keysNext) = (_keysNext, _keys);
        (_rows, _rowsNext) = (_rowsNext, _rows);
    }

    private void SortTimesWhereNeeded(ReadOnlySpan<Slot> readings)
    {
        for (var from = 0; from < Count;)
        {
            var isSorted = true;
            var to = from + 1;
            while (to < Count && _keys[to] == _keys[from])
            {
                isSorted &= readings[_rows[to]].EventTimeMicros >= readings[_rows[to - 1]].EventTimeMicros;
                to++;
            }

            if (!isSorted)
            {
                SortByTime(readings, from, to);
            }

            from = to;
        }
    }

    private void SortByTime(ReadOnlySpan<Slot> readings, int from, int to)
    {
        for (var at = from; at < to; at++)
        {
            _times[at] = readings[_rows[at]].EventTimeMicros;
        }

        // Unstable: rows of one time are put in the order of their numbers, which is the order of LSN, afterwards.
        Array.Sort(_times, _rows, from, to - from);
        for (var at = from; at < to;)
        {
            var end = at + 1;
            while (end < to && _times[end] == _times[at])
            {
                end++;
            }

            Array.Sort(_rows, at, end - at);
            at = end;
        }
    }
}
