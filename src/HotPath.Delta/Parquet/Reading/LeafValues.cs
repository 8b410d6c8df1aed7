using HotPath.Delta.Columns;
using HotPath.Delta.Parquet.Encodings;
using HotPath.Delta.Parquet.Format;

namespace HotPath.Delta.Parquet.Reading;

/// <summary>Gathers the present values of a chunk, page by page. Subclasses know one physical kind. One thread at a time.</summary>
internal abstract class LeafValues(ReadBudget budget)
{
    private int[] _codes = [];

    protected ReadBudget Budget => budget;

    protected bool HasDictionary { get; private set; }

    public static LeafValues Of(ParquetNode leaf, ReadBudget budget) => leaf.PhysicalType switch
    {
        PhysicalType.Boolean => new BooleanValues(budget),
        PhysicalType.Int32 => new NumberValues<int>(budget),
        PhysicalType.Int64 => new NumberValues<long>(budget),
        PhysicalType.Float => new NumberValues<float>(budget),
        PhysicalType.Double => new NumberValues<double>(budget),
        PhysicalType.Int96 => new BytesValues(budget, 12, isInt96: true),
        _ => new BytesValues(budget, leaf.TypeBytes, isInt96: false),
    };

    public void AddDictionary(ReadOnlySpan<byte> page, int count)
    {
        if (HasDictionary)
        {
            throw new ParquetFormatException("there is a second dictionary");
        }

        HasDictionary = true;
        TakeDictionary(page, count);
    }

    public void AddPage(ValueEncoding encoding, ReadOnlySpan<byte> page, int count)
    {
        if (encoding is ValueEncoding.RleDictionary or ValueEncoding.PlainDictionary)
        {
            AddCoded(page, count);
            return;
        }

        if (!TryTake(encoding, page, count))
        {
            throw new ParquetFormatException($"values in the encoding {encoding} are not read for this type");
        }
    }

    public abstract ColumnVector ToVector();

    protected abstract void TakeDictionary(ReadOnlySpan<byte> page, int count);

    /// <summary>Adds values by their codes, which may lie outside of the dictionary.</summary>
    protected abstract void TakeCodes(ReadOnlySpan<int> codes);

    /// <summary>Adds values; false for an encoding that the type does not have.</summary>
    protected abstract bool TryTake(ValueEncoding encoding, ReadOnlySpan<byte> page, int count);

    protected static void RequireBytes(long wanted, int there)
    {
        if (wanted > there)
        {
            throw new ParquetFormatException($"values of {wanted} bytes in a page where {there} are left");
        }
    }

    protected static ParquetFormatException OutsideDictionary(int code, int entries) =>
        new($"the index {code} into a dictionary of {entries}");

    private void AddCoded(ReadOnlySpan<byte> page, int count)
    {
        if (!HasDictionary)
        {
            throw new ParquetFormatException("indices into a dictionary that is not there");
        }

        if (count == 0)
        {
            return;
        }

        RequireBytes(1, page.Length);
        budget.Grow(ref _codes, count);
        new HybridDecoder(page[1..], page[0]).Read(_codes.AsSpan(0, count));
        TakeCodes(_codes.AsSpan(0, count));
    }
}
