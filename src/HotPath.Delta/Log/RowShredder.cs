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

/// <summary>What one leaf of some rows holds: the values that are there, and the levels of all places.</summary>
internal sealed class ShreddedLeaf
{
    private readonly ParquetNode _leaf;
    private readonly List<byte> _definitions = [];
    private readonly List<byte> _repetitions = [];
    private readonly List<long> _longs = [];
    private readonly List<double> _reals = [];
    private readonly List<Int128> _decimals = [];
    private readonly List<byte> _bytes = [];
    private readonly List<int> _offsets = [0];

    public ShreddedLeaf(ParquetNode leaf) => _leaf = leaf;

    public byte[] DefinitionLevels => [.. _definitions];

    /// <summary>Empty for a leaf that no list stands above.</summary>
    public byte[] RepetitionLevels => _leaf.RepetitionLevelMax == 0 ? [] : [.. _repetitions];

    public void Add(object value, int repetition)
    {
        AddAbsent(repetition, _leaf.DefinitionLevelMax);
        switch (value)
        {
            case string text:
                _bytes.AddRange(Encoding.UTF8.GetBytes(text));
                _offsets.Add(_bytes.Count);
                break;
            case bool flag:
                _longs.Add(flag ? 1 : 0);
                break;
            case double real:
                _reals.Add(real);
                break;
            case Int128 unscaled:
                _decimals.Add(unscaled);
                break;
            default:
                _longs.Add(Convert.ToInt64(value, null));
                break;
        }
    }

    public void AddAbsent(int repetition, int definition)
    {
        _definitions.Add((byte)definition);
        _repetitions.Add((byte)repetition);
    }

    public ColumnVector ToVector() => _leaf.PhysicalType switch
    {
        _ when _leaf.Logical == LogicalKind.Decimal => ColumnVector.Decimals(_decimals.ToArray()),
        PhysicalType.Double => ColumnVector.Doubles(_reals.ToArray()),
        PhysicalType.Float => ColumnVector.Floats(_reals.Select(static value => (float)value).ToArray()),
        PhysicalType.Boolean => ColumnVector.Booleans(_longs.Select(static value => value != 0).ToArray()),
        PhysicalType.Int32 => ColumnVector.Integers(_longs.Select(static value => checked((int)value)).ToArray()),
        PhysicalType.Int64 => ColumnVector.Longs(_longs.ToArray()),
        _ => ColumnVector.Bytes(_bytes.ToArray(), _offsets.ToArray()),
    };

    public void Clear()
    {
        _definitions.Clear();
        _repetitions.Clear();
        _longs.Clear();
        _reals.Clear();
        _decimals.Clear();
        _bytes.Clear();
        _offsets.RemoveRange(1, _offsets.Count - 1);
    }
}
