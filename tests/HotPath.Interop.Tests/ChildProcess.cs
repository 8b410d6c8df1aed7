using System.Diagnostics;
using HotPath.TestKit;

namespace HotPath.Interop.Tests;

/// <summary>A program of another kind, run to its end.</summary>
internal static class ChildProcess
{
    /// <summary>Runs it and gives its standard output; fails the test with its messages when it does not exit with 0.</summary>
    /// <param name="environment">Beside the credentials of the tests, or instead of them.</param>
    public static async Task<string> RunAsync(
        string program, IEnumerable<string> arguments, string? workingDirectory = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? Repository.Root,
            Environment =
            {
                ["AWS_ACCESS_KEY_ID"] = HotPathProcess.AccessKey,
                ["AWS_SECRET_ACCESS_KEY"] = HotPathProcess.SecretKey,
                ["AWS_DEFAULT_REGION"] = "us-east-1",
            },
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.True(
            process.ExitCode == 0,
            $"{program} {string.Join(' ', start.ArgumentList)} exited with {process.ExitCode}:\n{await errors}");
        return await output;
    }

    public static Task<string> NodeAsync(string script, params string[] arguments) =>
        RunAsync("node", [Path.Combine(Repository.InteropTools, script), .. arguments], Repository.InteropTools);

    public static Task<string> PythonAsync(string script, params string[] arguments) =>
        RunAsync(Surroundings.Python, [Path.Combine(Repository.InteropTools, script), .. arguments]);
}
