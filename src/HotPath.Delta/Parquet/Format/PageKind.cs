namespace HotPath.Delta.Parquet.Format;

/// <summary>The values are those of PageType in parquet.thrift.</summary>
internal enum PageKind
{
    Data = 0,
    Index = 1,
    Dictionary = 2,
    DataV2 = 3,
}
