using System.Globalization;
using System.Text;
using HotPath.Delta.Columns;
using HotPath.Delta.Log;

namespace HotPath.Delta.Tests.Table;

/// <summary>
/// The rows of a table in the form of tools/interop/digest-delta.mjs, where it is described, so that engines can be compared
/// exactly, large tables by a digest.
/// </summary>
internal sealed class CanonicalRows
{
    private readonly List<string>? _rows;
    private readonly StringBuilder _row = new();
    private uint _one;
    private uint _two;

    private CanonicalRows(bool keepsRows) => _rows = keepsRows ? [] : null;

    public long Count { get; private set; }

    public string Digest => $"{Count} {_one}-{_two}";

    public IReadOnlyList<string> Rows => _rows ?? [];

    public static async Task<CanonicalRows> ReadAsync(DeltaTable table, bool keepsRows)
    {
        var all = new CanonicalRows(keepsRows);
        var columns = await table.ColumnsOfAsync(new ReadOptions());
        await foreach (var batch in table.ReadAsync())
        {
            for (var row = 0; row < batch.RowCount; row++)
            {
                all.Add(batch, columns, row);
            }
        }

        return all;
    }

    private void Add(ColumnBatch batch, IReadOnlyList<Column> columns, int row)
    {
        _row.Clear();
        for (var index = 0; index < columns.Count; index++)
        {
            if (index > 0)
            {
                _row.Append('\u001f');
            }

            Append(batch.Vectors[index], columns[index].Type, row);
        }

        var (one, two) = (0x811c9dc5u, 0x9e3779b9u);
        foreach (var chunk in _row.GetChunks())
        {
            foreach (var character in chunk.Span)
            {
                one = unchecked((one ^ character) * 0x01000193u);
                two = unchecked((two ^ character) * 0x85ebca6bu);
                two = uint.RotateLeft(two, 13);
            }
        }

        Count++;
        _one = unchecked(_one + one);
        _two = unchecked(_two + two);
        _rows?.Add(_row.ToString());
    }

    private void Append(ColumnVector vector, ColumnType type, int row)
    {
        if (!vector.IsPresent(row))
        {
            _row.Append('N');
            return;
        }

        switch (vector.Form)
        {
            case ColumnForm.Longs:
                _row.Append(CultureInfo.InvariantCulture, $"{vector.LongValues[row]}");
                break;
            case ColumnForm.Integers:
                _row.Append(CultureInfo.InvariantCulture, $"{vector.IntegerValues[row]}");
                break;
            case ColumnForm.Booleans:
                _row.Append(vector.BooleanValues[row] ? '1' : '0');
                break;
            case ColumnForm.Doubles:
                Append(vector.DoubleValues[row]);
                break;
            case ColumnForm.Floats:
                Append(vector.FloatValues[row]);
                break;
            case ColumnForm.Decimals:
                _row.Append(DecimalText.Format(vector.DecimalValues[row], type.Scale));
                break;
            default:
                _row.Append('x').Append(Convert.ToHexStringLower(vector.BytesAt(row)));
                break;
        }
    }

    private void Append(double value)
    {
        if (double.IsNaN(value))
        {
            _row.Append("NaN");
        }
        else
        {
            _row.Append(CultureInfo.InvariantCulture, $"{BitConverter.DoubleToUInt64Bits(value):x16}");
        }
    }
}
