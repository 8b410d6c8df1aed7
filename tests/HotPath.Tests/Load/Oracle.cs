using System.Diagnostics;
using System.Text;
using System.Text.Json;
using HotPath.TestKit.Reference;
using YamlDotNet.RepresentationModel;

namespace HotPath.Tests.Load;

/// <summary>The shared oracle, where it is there: it lies beside the project and is never part of it.</summary>
internal static class Oracle
{
    private static readonly string? Script =
        SharedData.Directory is null ? null : Path.Combine(SharedData.Directory, "oracle", "oracle.py");

    public static string? WhyAbsent =>
        Script is null || !File.Exists(Script) ? "The oracle (../shared/oracle/oracle.py) is not here."
        : !HasPython() ? "There is no python3 to run the oracle with."
        : null;

    /// <summary>The rows that the oracle finds in these readings under the demo rules.</summary>
    public static string[] Judge(Recording recording, string outOfOrderness)
    {
        var directory = Directory.CreateTempSubdirectory("hotpath-oracle-");
        try
        {
            var rules = Path.Combine(directory.FullName, "rules.json");
            var readings = Path.Combine(directory.FullName, "readings.ndjson");
            File.WriteAllText(rules, RulesAsJson());
            File.WriteAllBytes(readings, recording.Bytes);
            return Run(Script!, rules, readings, "--out-of-orderness", outOfOrderness);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    /// <summary>The demo rules as JSON: scalars stay strings, but for the two members that are numbers.</summary>
    private static string RulesAsJson()
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(LoadRig.DemoRules));
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            Write(json, yaml.Documents[0].RootNode, "");
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void Write(Utf8JsonWriter json, YamlNode node, string key)
    {
        switch (node)
        {
            case YamlMappingNode map:
                json.WriteStartObject();
                foreach (var (name, value) in map)
                {
                    json.WritePropertyName(((YamlScalarNode)name).Value!);
                    Write(json, value, ((YamlScalarNode)name).Value!);
                }

                json.WriteEndObject();
                break;
            case YamlSequenceNode list:
                json.WriteStartArray();
                foreach (var item in list)
                {
                    Write(json, item, "");
                }

                json.WriteEndArray();
                break;
            case YamlScalarNode scalar when key is "version" or "weight":
                json.WriteRawValue(scalar.Value!);
                break;
            case YamlScalarNode scalar:
                json.WriteStringValue(scalar.Value);
                break;
        }
    }

    private static string[] Run(params string[] arguments)
    {
        using var python = Process.Start(new ProcessStartInfo("python3", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = python.StandardError.ReadToEndAsync();
        var output = python.StandardOutput.ReadToEnd();
        python.WaitForExit();
        Assert.True(python.ExitCode == 0, errors.GetAwaiter().GetResult());
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[..^1]; // the last line is a summary
    }

    private static bool HasPython()
    {
        try
        {
            var version = new ProcessStartInfo("python3", "--version") { RedirectStandardOutput = true };
            using var python = Process.Start(version)!;
            python.WaitForExit();
            return python.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}

/// <summary>A theory that needs the oracle, and skips with a plain message where it is absent.</summary>
internal sealed class OracleTheoryAttribute : TheoryAttribute
{
    public OracleTheoryAttribute()
    {
        Skip = Oracle.WhyAbsent;
    }
}
