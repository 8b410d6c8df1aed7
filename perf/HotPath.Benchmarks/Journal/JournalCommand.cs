using HotPath.Benchmarks.Commands;

namespace HotPath.Benchmarks.Journal;

internal sealed class JournalCommand : IBenchCommand
{
    public string Name => "journal";

    public string Says => "what a reading costs the journal, written and read back: [DIRECTORY]";

    public int Run(string[] args)
    {
        JournalBench.Run(Console.Out, args.ElementAtOrDefault(0) ?? Path.GetTempPath());
        return 0;
    }
}
