namespace HotPath.Delta.Columns;

/// <summary>How the values of a <see cref="ColumnVector"/> lie in memory.</summary>
public enum ColumnForm
{
    /// <summary>No values were set.</summary>
    Empty,

    /// <summary>long, timestamp and timestamp_ntz.</summary>
    Longs,

    /// <summary>integer, date, short and byte.</summary>
    Integers,
    Doubles,
    Floats,
    Booleans,

    /// <summary>string and binary: all bytes one after the other, and rows + 1 offsets into them.</summary>
    Bytes,

    /// <summary>string and binary: one code per row into a dictionary that lies as Bytes do.</summary>
    Codes,

    /// <summary>decimal, unscaled.</summary>
    Decimals,
}
