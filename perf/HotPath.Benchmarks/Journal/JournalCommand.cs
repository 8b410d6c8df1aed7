using HotPath.Benchmarks.Commands;

namespace HotPath.Benchmarks.Journal;

internal sealed class JournalCommand : IBenchCommand
{
    public string Name => "journal";

    public string Says => "what a reading costs the journal, written and read back: [DIRECTORY] [--quick]";

    public int Run(string[] args)
    {
        const string Quick = "--quick";
        var directory = args.FirstOrDefault(word => word != Quick) ?? Path.GetTempPath();
        return new JournalBench(directory, args.Contains(Quick)).Run(args);
    }
}
