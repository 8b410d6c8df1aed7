namespace HotPath.Sink.Rows;

/// <summary>Rows of the tables <c>equipment</c>, <c>tags</c> and <c>sources</c>.</summary>
internal sealed class DimensionRows : TableRows
{
    private readonly IntegerRows _index = new();
    private readonly TextRows _id = new();
    private readonly LongRows _firstSeen = new();

    public DimensionRows()
    {
        Declare(_index, _id, _firstSeen);
    }

    public void Add(int index, NameColumn names)
    {
        _index.Add(index);
        _id.Add(names.Utf8(index));
        _firstSeen.Add(names.FirstSeenMicros(index));
    }
}
