namespace HotPath.Delta.Parquet;

/// <summary>Is told when the compression of a page begins and ends, on the thread that writes. For whoever accounts for CPU.</summary>
public interface ICompressionMeter
{
    void OnCompressing();

    void OnCompressed();
}
