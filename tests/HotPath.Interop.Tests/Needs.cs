using System.Diagnostics;
using HotPath.TestKit;

namespace HotPath.Interop.Tests;

/// <summary>What a test needs from outside of the project. What is not there is said, and the test skips.</summary>
[Flags]
public enum Need
{
    None = 0,

    /// <summary>The recordings and cases beside the project.</summary>
    Shared = 1,

    /// <summary>chdb, DuckDB, hyparquet and the AWS SDK for JavaScript, brought by tools/interop/setup.sh.</summary>
    Node = 2,

    /// <summary>Python with boto3.</summary>
    Boto3 = 4,

    /// <summary>The AWS command line.</summary>
    AwsCli = 8,
}

/// <summary>A test that skips with a plain message where something it needs is not to be had.</summary>
public sealed class InteropFactAttribute : FactAttribute
{
    public InteropFactAttribute(Need needs)
    {
        Needs = needs;
        Skip = Surroundings.Missing(needs);
    }

    public Need Needs { get; }
}

/// <summary>As <see cref="InteropFactAttribute"/>, for several cases.</summary>
public sealed class InteropTheoryAttribute : TheoryAttribute
{
    public InteropTheoryAttribute(Need needs)
    {
        Needs = needs;
        Skip = Surroundings.Missing(needs);
    }

    public Need Needs { get; }
}

/// <summary>Where things are around the project on this machine.</summary>
internal static class Surroundings
{
    private static readonly Lazy<bool> HasNode = new(() => Succeeds("node", "--version"));
    private static readonly Lazy<bool> HasAwsCli = new(() => Succeeds("aws", "--version"));
    private static readonly Lazy<string?> PythonWithBoto3 = new(() =>
        new[] { "python3", "/usr/bin/python3" }.FirstOrDefault(python => Succeeds(python, "-c", "import boto3")));

    /// <summary>Where the npm packages are: beside the scripts, or where HOTPATH_INTEROP says.</summary>
    public static string NodeModules => Path.Combine(
        Environment.GetEnvironmentVariable("HOTPATH_INTEROP") ?? Repository.InteropTools, "node_modules");

    /// <summary>What the tests' clients sign with for a session: the token has to come with each request.</summary>
    public static IReadOnlyDictionary<string, string> SessionCredentials { get; } = new Dictionary<string, string>
    {
        ["AWS_ACCESS_KEY_ID"] = HotPathProcess.AccessKey + "2",
        ["AWS_SESSION_TOKEN"] = HotPathProcess.SessionToken,
    };

    public static string Python => PythonWithBoto3.Value ?? "python3";

    public static string? Missing(Need needs)
    {
        if (needs.HasFlag(Need.Shared) && !Directory.Exists(Repository.Shared))
        {
            return "The recordings beside the project (../shared) are not here.";
        }

        if (needs.HasFlag(Need.Node) && !(HasNode.Value && Directory.Exists(Path.Combine(NodeModules, "chdb"))))
        {
            return "Node or its packages are not here; run tools/interop/setup.sh.";
        }

        if (needs.HasFlag(Need.AwsCli) && !HasAwsCli.Value)
        {
            return "The AWS command line is not here; run tools/interop/setup.sh.";
        }

        return needs.HasFlag(Need.Boto3) && PythonWithBoto3.Value is null
            ? "Python with boto3 is not here; run tools/interop/setup.sh."
            : null;
    }

    private static bool Succeeds(string program, params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
            using var process = Process.Start(start)!;
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
