using System.Diagnostics;

namespace HotPath.Faults.Target;

/// <summary>Another program, run to its end.</summary>
internal static class CommandRun
{
    /// <summary>Its exit code, what it printed, and what it complained of.</summary>
    public static async Task<(int Code, string Output, string Errors)> RunAsync(string program, params IReadOnlyList<string> arguments)
    {
        using var process = await Spawner.StartAsync(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true });
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await errors);
    }

    /// <summary>As <see cref="RunAsync"/>; anything but exit code 0 is a fault of this machine, not a finding.</summary>
    public static async Task<string> RequireAsync(string program, params IReadOnlyList<string> arguments)
    {
        var (code, output, errors) = await RunAsync(program, arguments);
        return code == 0
            ? output
            : throw new CampaignFaultException($"{program} {string.Join(' ', arguments)} exited with {code}: {errors}");
    }
}

/// <summary>A campaign cannot go on: this machine lacks something, or the process under test is beyond its questions.</summary>
internal sealed class CampaignFaultException(string message) : Exception(message);
