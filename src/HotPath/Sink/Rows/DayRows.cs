namespace HotPath.Sink.Rows;

/// <summary>Rows of a table by the day they are filed under. What was made for one day serves another after a clear.</summary>
internal sealed class DayRows<TRows>(Func<TRows> create)
    where TRows : TableRows
{
    private readonly SortedDictionary<int, TRows> _byDay = [];
    private readonly Stack<TRows> _free = new();
    private TRows? _last;
    private int _lastDay;

    public TRows Of(int day)
    {
        if (_last is not null && day == _lastDay)
        {
            return _last;
        }

        if (!_byDay.TryGetValue(day, out var rows))
        {
            rows = _free.Count > 0 ? _free.Pop() : create();
            _byDay.Add(day, rows);
        }

        (_last, _lastDay) = (rows, day);
        return rows;
    }

    public IEnumerable<(int Day, TableRows Rows)> NotEmpty()
    {
        foreach (var (day, rows) in _byDay)
        {
            if (rows.Count > 0)
            {
                yield return (day, rows);
            }
        }
    }

    public void Clear()
    {
        foreach (var rows in _byDay.Values)
        {
            rows.Clear();
            _free.Push(rows);
        }

        _byDay.Clear();
        _last = null;
    }
}
