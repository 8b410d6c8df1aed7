using HotPath.Engine.Names;
using HotPath.Sink.Rows;

namespace HotPath.Sink;

/// <summary>All names as the sink needs them. Belongs to the sink's thread.</summary>
internal sealed class SinkNames(NameTables names)
{
    public NameColumn Equipment { get; } = new(names.Equipment);

    public NameColumn Tags { get; } = new(names.Tags);

    public NameColumn Sources { get; } = new(names.Sources);

    public NameColumn Symbols { get; } = new(names.Symbols);

    public NameColumn Listeners { get; } = new(names.Listeners);

    public NameColumn Words { get; } = new(names.Words);

    public FlagWords Flags { get; } = new(names.Flags);

    public void Refresh()
    {
        Equipment.Refresh();
        Tags.Refresh();
        Sources.Refresh();
        Symbols.Refresh();
        Listeners.Refresh();
        Words.Refresh();
    }
}
