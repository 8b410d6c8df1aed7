namespace HotPath.Engine.Names;

/// <summary>A name on its way to its index: see <see cref="NameDirectory.Ask"/>. Its bytes must not move meanwhile.</summary>
internal unsafe struct AskedName
{
    public byte* At;
    public ulong Hash;
    public int Bytes;

    /// <summary>Of the name that stands in its first cell; less than 0 where none does.</summary>
    public int Index;

    /// <summary>False: it is found in one step, the last.</summary>
    public bool HasKey;
}
