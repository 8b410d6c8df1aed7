using System.CommandLine;

namespace HotPath.Cli.RuleTests;

/// <summary><c>hotpath test DIR</c>: every rule test of a directory; differences side by side.</summary>
internal static class TestCommand
{
    public static Command Create()
    {
        var directory = new Argument<string>("DIR") { Description = "A directory with rule tests (*.test.yaml, also below it), or one file" };
        var command = new Command("test", "Runs rule tests: rules, readings, and the rows that must come.") { directory };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(directory), Console.Out, Console.Error));
        return command;
    }

    /// <summary>0 when all pass, 1 when rows differ, 2 when there are no tests, 78 when a file is faulty.</summary>
    internal static int Run(string path, TextWriter output, TextWriter errors)
    {
        var files = File.Exists(path) ? [path]
            : Directory.Exists(path) ? Directory.GetFiles(path, "*.test.yaml", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToArray()
            : [];
        if (files.Length == 0)
        {
            errors.WriteLine($"{path}: there are no rule tests here: their names end in .test.yaml");
            return ExitCode.Usage;
        }

        var (faulty, failed) = (0, 0);
        foreach (var file in files)
        {
            if (!RuleTest.TryRead(file, out var test, out var faults))
            {
                faulty++;
                WriteAll(faults, errors);
                continue;
            }

            var differences = RuleTestRun.Differences(test, file);
            output.WriteLine($"{(differences.Count == 0 ? "ok    " : "FAILED")} {file}");
            WriteAll(differences, output);
            failed += differences.Count == 0 ? 0 : 1;
        }

        output.WriteLine($"{files.Length} tests: {files.Length - failed - faulty} ok, {failed} failed, {faulty} faulty");
        return faulty > 0 ? ExitCode.Configuration : failed > 0 ? ExitCode.Failed : ExitCode.Good;
    }

    private static void WriteAll(IEnumerable<string> lines, TextWriter output)
    {
        foreach (var line in lines)
        {
            output.WriteLine(line);
        }
    }
}
