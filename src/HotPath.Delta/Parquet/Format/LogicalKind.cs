namespace HotPath.Delta.Parquet.Format;

/// <summary>What the values mean, whether a file says so by a LogicalType or by the older ConvertedType.</summary>
public enum LogicalKind
{
    None,
    String,
    Map,
    List,
    Decimal,
    Date,

    /// <summary>An instant (adjusted to UTC) or a wall clock, in the node's unit.</summary>
    Timestamp,
    Time,

    /// <summary>An integer of the node's bit width, signed or not.</summary>
    Integer,

    /// <summary>Anything else: Enum, Json, Bson, Uuid, Float16, Interval, Variant, and what is unknown.</summary>
    Other,
}
