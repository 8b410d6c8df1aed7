namespace HotPath.Delta.Parquet.Format;

/// <summary>How values are stored. The values are those of Type in parquet.thrift.</summary>
public enum PhysicalType
{
    Boolean = 0,
    Int32 = 1,
    Int64 = 2,
    Int96 = 3,
    Float = 4,
    Double = 5,
    ByteArray = 6,
    FixedLengthByteArray = 7,
}
