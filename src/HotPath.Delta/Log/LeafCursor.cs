using System.Text;
using HotPath.Delta.Columns;
using HotPath.Delta.Parquet;

namespace HotPath.Delta.Log;

/// <summary>
/// Goes through the rows of one leaf of a checkpoint, whose column may be missing altogether. Owned by one thread.
/// </summary>
internal sealed class LeafCursor
{
    private readonly LeafColumn? _column;
    private int _entryNext;
    private int _valueNext;

    /// <param name="column">Null where the file has no such column: every row is null then.</param>
    public LeafCursor(LeafColumn? column) => _column = column;

    /// <summary>The entries of the row at hand: one, or as many as its list has.</summary>
    public int EntryCount { get; private set; }

    /// <summary>The definition level of the row's first entry.</summary>
    public int Definition { get; private set; }

    private int EntryFirst { get; set; }

    private int ValueFirst { get; set; }

    public void MoveNext()
    {
        if (_column is null)
        {
            return;
        }

        (EntryFirst, ValueFirst) = (_entryNext, _valueNext);
        if (EntryFirst >= _column.EntryCount)
        {
            throw new ParquetFormatException($"The column '{_column.Leaf}' of a checkpoint ends before its rows do.");
        }

        Definition = DefinitionAt(EntryFirst);
        var repetitions = _column.RepetitionLevels.Span;
        do
        {
            _valueNext += DefinitionAt(_entryNext) == _column.Leaf.DefinitionLevelMax ? 1 : 0;
            _entryNext++;
        }
        while (!repetitions.IsEmpty && _entryNext < _column.EntryCount && repetitions[_entryNext] != 0);

        EntryCount = _entryNext - EntryFirst;
    }

    public bool IsPresent => _column is not null && Definition == _column.Leaf.DefinitionLevelMax;

    public string? Text() => IsPresent ? TextOf(ValueFirst) : null;

    public long? Number()
    {
        if (!IsPresent)
        {
            return null;
        }

        return _column!.Values.Form == ColumnForm.Integers
            ? _column.Values.IntegerValues[ValueFirst]
            : _column.Values.LongValues[ValueFirst];
    }

    /// <summary>The value of a column in its Delta type's own form (<see cref="ParquetReader.ReadConverted"/>).</summary>
    public ColumnValue Value() => StatsValue.ToValue(_column!.Values, ValueFirst);

    public bool? Flag() => IsPresent ? _column!.Values.BooleanValues[ValueFirst] : null;

    /// <summary>The texts of the row's list, null for those that are null.</summary>
    public IEnumerable<string?> Texts()
    {
        var value = ValueFirst;
        for (var entry = EntryFirst; entry < EntryFirst + EntryCount; entry++)
        {
            yield return DefinitionAt(entry) == _column!.Leaf.DefinitionLevelMax ? TextOf(value++) : null;
        }
    }

    private string TextOf(int value) => Encoding.UTF8.GetString(_column!.Values.BytesAt(value));

    private int DefinitionAt(int entry) =>
        _column!.DefinitionLevels.IsEmpty ? _column.Leaf.DefinitionLevelMax : _column.DefinitionLevels.Span[entry];
}
