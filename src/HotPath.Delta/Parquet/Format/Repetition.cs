namespace HotPath.Delta.Parquet.Format;

/// <summary>The values are those of FieldRepetitionType in parquet.thrift.</summary>
public enum Repetition
{
    Required = 0,
    Optional = 1,
    Repeated = 2,
}
