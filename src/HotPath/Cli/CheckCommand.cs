using System.CommandLine;
using HotPath.Configuration;

namespace HotPath.Cli;

/// <summary><c>hotpath check</c>: every fault of the configuration and of the rules at once, each at its place.</summary>
internal static class CheckCommand
{
    private const string DefaultConfig = "hotpath.yaml";

    public static Command Create()
    {
        var config = new Option<string?>("--config") { Description = $"Configuration file; {DefaultConfig} if it is there" };
        var rules = new Option<string?>("--rules") { Description = "Rule document, or a directory of them; else what the configuration says" };
        var command = new Command("check", "Checks configuration and rules; exit 78 if anything is wrong.") { config, rules };
        command.SetAction(parsed => Run(parsed.GetValue(config), parsed.GetValue(rules), Console.Out, Console.Error));
        return command;
    }

    internal static int Run(string? config, string? rules, TextWriter output, TextWriter errors)
    {
        var faultCount = 0;
        if (config is not null || rules is null)
        {
            config ??= File.Exists(DefaultConfig) ? DefaultConfig : null;
            if (config is not null && !File.Exists(config))
            {
                errors.WriteLine($"{config}: there is no such file");
                return ExitCode.Usage;
            }

            HotPathConfiguration.TryLoad(config, RunCommand.EnvironmentVariables(), [], out var configuration, out var faults);
            foreach (var fault in faults)
            {
                errors.WriteLine(fault.ToString());
            }

            faultCount = faults.Length;
            rules ??= faultCount == 0 ? configuration.Rules : null;
        }

        if (rules is not null)
        {
            faultCount += CheckRules(rules, output, errors);
        }

        return faultCount == 0 ? ExitCode.Good : ExitCode.Configuration;
    }

    private static int CheckRules(string path, TextWriter output, TextWriter errors)
    {
        if (RuleFiles.TryLoad(path, out var document, out var faults))
        {
            output.WriteLine($"{path}: {document.Rules.Count} rules, no fault");
            return 0;
        }

        foreach (var fault in faults)
        {
            errors.WriteLine(fault);
        }

        return faults.Count;
    }
}
