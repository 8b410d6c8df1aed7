using HotPath.Outputs;

namespace HotPath.Kinesis.Read;

/// <summary>
/// Cursors that a next call may go on with, so that reading a stream does not begin at a file's head each time. Any
/// thread; the one unused for longest is closed when there are too many.
/// </summary>
internal sealed class CursorShelf : IDisposable
{
    /// <summary>A cursor holds 256 KiB and an open file.</summary>
    private const int CountMax = 64;

    private readonly Lock _shelving = new();
    private readonly LinkedList<(CursorPlace Place, RowCursor Cursor)> _cursors = new();

    /// <summary>The cursor that stands there, taken off the shelf; null when none does.</summary>
    public RowCursor? Take(CursorPlace place)
    {
        lock (_shelving)
        {
            for (var node = _cursors.Last; node is not null; node = node.Previous)
            {
                if (node.Value.Place == place)
                {
                    _cursors.Remove(node);
                    return node.Value.Cursor;
                }
            }

            return null;
        }
    }

    public void Put(CursorPlace place, RowCursor cursor)
    {
        lock (_shelving)
        {
            _cursors.AddLast((place, cursor));
            if (_cursors.Count > CountMax)
            {
                _cursors.First!.Value.Cursor.Dispose();
                _cursors.RemoveFirst();
            }
        }
    }

    public void Dispose()
    {
        lock (_shelving)
        {
            foreach (var (_, cursor) in _cursors)
            {
                cursor.Dispose();
            }

            _cursors.Clear();
        }
    }
}

/// <summary>Whose cursor it is, and where it stands.</summary>
internal readonly record struct CursorPlace(string Stream, int ShardIndex, RowPosition Position);
