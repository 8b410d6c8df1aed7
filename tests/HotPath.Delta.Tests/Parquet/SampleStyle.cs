namespace HotPath.Delta.Tests.Parquet;

public enum SampleStyle
{
    /// <summary>One value, no nulls.</summary>
    Constant,

    /// <summary>A handful of values: dictionaries.</summary>
    Few,

    /// <summary>Sorted values: deltas.</summary>
    Rising,

    /// <summary>Anything, with the ends of each type's range.</summary>
    Wild,
}
