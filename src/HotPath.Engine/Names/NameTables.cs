namespace HotPath.Engine.Names;

/// <summary>
/// All directories of one engine. Any thread may look up and intern. What is interned here becomes durable before
/// the first journal frame that uses it (the journal stage writes it to the names file).
/// </summary>
internal sealed class NameTables
{
    public NameDirectory Equipment { get; } =
        new(NameSort.Equipment, EngineLimits.EquipmentCountMax, EngineLimits.NameBytesMax);

    public NameDirectory Tags { get; } = new(NameSort.Tag, EngineLimits.TagCountMax, EngineLimits.NameBytesMax);

    public NameDirectory Sources { get; } = new(NameSort.Source, EngineLimits.SourceCountMax, EngineLimits.NameBytesMax);

    public NameDirectory Symbols { get; } = new(NameSort.Symbol, EngineLimits.SymbolCountMax, EngineLimits.NameBytesMax);

    public NameDirectory Flags { get; } = new(NameSort.Flag, EngineLimits.FlagCountMax, EngineLimits.NameBytesMax);

    public NameDirectory Listeners { get; } =
        new(NameSort.Listener, EngineLimits.ListenerCountMax, EngineLimits.NameBytesMax);

    /// <summary>Rule ids, states, group names and reasons. Interned when a rule document is compiled.</summary>
    public NameDirectory Words { get; } = new(NameSort.Word, EngineLimits.WordCountMax, EngineLimits.NameBytesMax);

    /// <summary>Whether every name of the other tables is known here or would fit.</summary>
    public bool HaveRoomFor(NameTables other, out NameSort full)
    {
        foreach (var (mine, theirs) in All.Zip(other.All))
        {
            var newNames = Enumerable.Range(0, theirs.Count).Count(index => !mine.TryFind(theirs.Utf8(index), out _));
            if (mine.Count + newNames > mine.CountMax)
            {
                full = mine.Sort;
                return false;
            }
        }

        full = default;
        return true;
    }

    public IEnumerable<NameDirectory> All => [Equipment, Tags, Sources, Symbols, Flags, Listeners, Words];
}
