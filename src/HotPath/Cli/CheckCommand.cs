using System.CommandLine;
using HotPath.Configuration;
using HotPath.Engine.Rules;

namespace HotPath.Cli;

/// <summary><c>hotpath check</c>: every fault of the configuration and of the rules at once, each at its place.</summary>
internal static class CheckCommand
{
    private const int Good = 0;
    private const int Usage = 2;
    private const int Refused = 78;
    private const string DefaultConfig = "hotpath.yaml";

    private static readonly string[] RuleExtensions = [".yaml", ".yml", ".json"];

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
                return Usage;
            }

            HotPathConfiguration.TryLoad(config, EnvironmentVariables(), [], out var configuration, out var faults);
            foreach (var fault in faults)
            {
                errors.WriteLine(fault.ToString());
            }

            faultCount = faults.Length;
            rules ??= faultCount == 0 ? configuration.Rules : null;
        }

        if (rules is not null)
        {
            var files = RuleFilesOf(rules);
            if (files.Count == 0)
            {
                errors.WriteLine($"{rules}: there are no rules here; give a file, or a directory with .yaml, .yml or .json files");
                return Usage;
            }

            faultCount += files.Sum(file => CheckRules(file, output, errors));
        }

        return faultCount == 0 ? Good : Refused;
    }

    private static int CheckRules(string file, TextWriter output, TextWriter errors)
    {
        if (RuleDocument.TryParse(File.ReadAllBytes(file), out var document, out var faults))
        {
            output.WriteLine($"{file}: {document.Rules.Count} rules, no fault");
            return 0;
        }

        foreach (var fault in faults)
        {
            errors.WriteLine($"{file}:{fault.Line}:{fault.Column}: {fault.Message}");
        }

        return faults.Count;
    }

    private static List<string> RuleFilesOf(string path) =>
        File.Exists(path) ? [path]
        : !Directory.Exists(path) ? []
        : [.. Directory.EnumerateFiles(path)
            .Where(file => RuleExtensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
            .Order(StringComparer.Ordinal)];

    private static Dictionary<string, string> EnvironmentVariables()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            variables[(string)entry.Key] = (string?)entry.Value ?? "";
        }

        return variables;
    }
}
