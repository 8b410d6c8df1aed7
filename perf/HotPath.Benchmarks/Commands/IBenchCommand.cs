namespace HotPath.Benchmarks.Commands;

/// <summary>
/// One bench of the command line. A class that implements this and can be made without arguments is a command: nothing
/// else registers it. What it measured goes into a <see cref="Results.BenchResult"/>.
/// </summary>
internal interface IBenchCommand
{
    /// <summary>The word on the command line, and the name of the file in perf/results.</summary>
    string Name { get; }

    /// <summary>One line for --help: what is measured against what, and the arguments.</summary>
    string Says { get; }

    /// <summary>Runs with the words after the name; the exit code: 0 measured and verified, 1 not, 2 wrong arguments.</summary>
    int Run(string[] args);
}
