namespace HotPath.Faults.Sink;

/// <param name="Rate">Readings a second.</param>
/// <param name="Seconds">How long the tables are away.</param>
/// <param name="IsInStore">In an object store on loopback; else in a directory on a mount of its own.</param>
/// <param name="IsControl">The negative control: at the end one file of readings is taken out of its table.</param>
internal sealed record OutageOptions(int Rate, int Seconds, bool IsInStore, bool IsControl)
{
    /// <summary>Undisturbed before, so that memory has come to where it stays.</summary>
    public int WarmSeconds => Math.Clamp(Seconds / 5, 20, 60);

    /// <summary>Slow and failing, after the tables have caught up.</summary>
    public int ShakySeconds => Math.Clamp(Seconds / 5, 20, 60);
}
