namespace HotPath.Delta.Parquet.Format;

public enum TimeUnit
{
    None,
    Millis,
    Micros,
    Nanos,
}
