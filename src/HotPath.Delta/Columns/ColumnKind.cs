namespace HotPath.Delta.Columns;

/// <summary>The primitive types of the Delta protocol. The schema names are those of <see cref="ColumnType"/>.</summary>
public enum ColumnKind
{
    Boolean,

    /// <summary>A signed integer of 8 bits.</summary>
    Byte,

    /// <summary>A signed integer of 16 bits.</summary>
    Short,

    /// <summary>A signed integer of 32 bits.</summary>
    Integer,

    /// <summary>A signed integer of 64 bits.</summary>
    Long,
    Float,
    Double,

    /// <summary>Days since the Unix epoch.</summary>
    Date,

    /// <summary>Microseconds since the Unix epoch, UTC.</summary>
    Timestamp,

    /// <summary>Microseconds since 1970-01-01 00:00:00 of a wall clock without a zone.</summary>
    TimestampNtz,

    /// <summary>An exact number of at most 38 digits.</summary>
    Decimal,

    /// <summary>UTF-8 text.</summary>
    String,
    Binary,
}
