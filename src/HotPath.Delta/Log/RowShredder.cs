using System.Text;
using HotPath.Delta.Columns;
using HotPath.Delta.Parquet.Format;

namespace HotPath.Delta.Log;

/// <summary>
/// Takes nested rows apart into the values and levels of their leaves, as Dremel does: the definition level says how deep a
/// value is there, the repetition level at which list it goes on. Owned by one thread; cold code, one box per number.
/// </summary>
internal sealed class RowShredder
{
    private readonly ParquetSchema _schema;
    private readonly ShreddedLeaf[] _leaves;

    public RowShredder(ParquetSchema schema)
    {
        _schema = schema;
        _leaves = [.. schema.Leaves.Select(static leaf => new ShreddedLeaf(leaf))];
    }

    public IReadOnlyList<ShreddedLeaf> Leaves => _leaves;

    public void Add(object?[] row)
    {
        for (var index = 0; index < row.Length; index++)
        {
            Add(_schema.Root.Children[index], row[index], repetition: 0, definition: 0);
        }
    }

    public void Clear()
    {
        foreach (var leaf in _leaves)
        {
            leaf.Clear();
        }
    }

    private void Add(ParquetNode node, object? value, int repetition, int definition)
    {
        if (value is null)
        {
            AddAbsent(node, repetition, definition);
        }
        else if (node.IsLeaf)
        {
            _leaves[node.LeafIndex].Add(value, repetition);
        }
        else if (node.Logical == LogicalKind.Map)
        {
            var entries = (IEnumerable<KeyValuePair<string, string?>>)value;
            AddRepeated(node, [.. entries.Select(static pair => new object?[] { pair.Key, pair.Value })], repetition);
        }
        else if (node.Logical == LogicalKind.List)
        {
            AddRepeated(node, [.. ((IEnumerable<string>)value).Select(static item => new object?[] { item })], repetition);
        }
        else
        {
            AddChildren(node, (object?[])value, repetition);
        }
    }

    private void AddRepeated(ParquetNode node, List<object?[]> entries, int repetition)
    {
        var repeated = node.Children[0];
        if (entries.Count == 0)
        {
            AddAbsent(repeated, repetition, node.DefinitionLevelMax);
        }

        foreach (var entry in entries)
        {
            AddChildren(repeated, entry, repetition);
            repetition = repeated.RepetitionLevelMax;
        }
    }

    private void AddChildren(ParquetNode node, object?[] values, int repetition)
    {
        for (var index = 0; index < values.Length; index++)
        {
            Add(node.Children[index], values[index], repetition, node.DefinitionLevelMax);
        }
    }

    private void AddAbsent(ParquetNode node, int repetition, int definition)
    {
        if (node.IsLeaf)
        {
            _leaves[node.LeafIndex].AddAbsent(repetition, definition);
        }

        foreach (var child in node.Children)
        {
            AddAbsent(child, repetition, definition);
        }
    }
}

/// <summary>
/// What one leaf of some rows holds: the values that are there, and the levels of all places. Its memory serves row group after
/// row group, and is lent to the writer as it stands.
/// </summary>
internal sealed class ShreddedLeaf
{
    private readonly ParquetNode _leaf;
    private byte[] _definitions = [];
    private byte[] _repetitions = [];
    private long[] _longs = [];
    private int[] _integers = [];
    private bool[] _flags = [];
    private double[] _reals = [];
    private float[] _floats = [];
    private Int128[] _decimals = [];
    private byte[] _bytes = [];
    private int[] _offsets = [0];
    private int _levelCount;
    private int _valueCount;

    public ShreddedLeaf(ParquetNode leaf) => _leaf = leaf;

    public ReadOnlySpan<byte> DefinitionLevels => _definitions.AsSpan(0, _levelCount);

    /// <summary>Empty for a leaf that no list stands above.</summary>
    public ReadOnlySpan<byte> RepetitionLevels => _leaf.RepetitionLevelMax == 0 ? [] : _repetitions.AsSpan(0, _levelCount);

    public void Add(object value, int repetition)
    {
        AddAbsent(repetition, _leaf.DefinitionLevelMax);
        switch (value)
        {
            case string text:
                AddText(text);
                break;
            case bool flag:
                At(ref _flags) = flag;
                break;
            case double real when _leaf.PhysicalType == PhysicalType.Float:
                At(ref _floats) = (float)real;
                break;
            case double real:
                At(ref _reals) = real;
                break;
            case Int128 unscaled:
                At(ref _decimals) = unscaled;
                break;
            case var whole when _leaf.PhysicalType == PhysicalType.Int32:
                At(ref _integers) = Convert.ToInt32(whole, null);
                break;
            default:
                At(ref _longs) = Convert.ToInt64(value, null);
                break;
        }

        _valueCount++;
    }

    public void AddAbsent(int repetition, int definition)
    {
        Reserve(ref _definitions, _levelCount + 1);
        Reserve(ref _repetitions, _levelCount + 1);
        _definitions[_levelCount] = (byte)definition;
        _repetitions[_levelCount++] = (byte)repetition;
    }

    public ColumnVector ToVector() => _leaf.PhysicalType switch
    {
        _ when _leaf.Logical == LogicalKind.Decimal => ColumnVector.Decimals(_decimals.AsMemory(0, _valueCount)),
        PhysicalType.Boolean => ColumnVector.Booleans(_flags.AsMemory(0, _valueCount)),
        PhysicalType.Int32 => ColumnVector.Integers(_integers.AsMemory(0, _valueCount)),
        PhysicalType.Int64 => ColumnVector.Longs(_longs.AsMemory(0, _valueCount)),
        PhysicalType.Double => ColumnVector.Doubles(_reals.AsMemory(0, _valueCount)),
        PhysicalType.Float => ColumnVector.Floats(_floats.AsMemory(0, _valueCount)),
        _ => ColumnVector.Bytes(_bytes.AsMemory(0, _offsets[_valueCount]), _offsets.AsMemory(0, _valueCount + 1)),
    };

    public void Clear() => (_levelCount, _valueCount) = (0, 0);

    private void AddText(string text)
    {
        var first = _offsets[_valueCount];
        Reserve(ref _bytes, first + Encoding.UTF8.GetMaxByteCount(text.Length));
        Reserve(ref _offsets, _valueCount + 2);
        _offsets[_valueCount + 1] = first + Encoding.UTF8.GetBytes(text, _bytes.AsSpan(first));
    }

    private ref T At<T>(ref T[] values)
    {
        Reserve(ref values, _valueCount + 1);
        return ref values[_valueCount];
    }

    private static void Reserve<T>(ref T[] array, int count)
    {
        if (array.Length < count)
        {
            Array.Resize(ref array, Math.Max(count, Math.Max(64, 2 * array.Length)));
        }
    }
}
