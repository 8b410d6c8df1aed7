using System.Diagnostics;

namespace HotPath.Delta.Tests.Campaigns;

/// <summary>A process of tests/HotPath.Delta.Worker, or of node with one of tools/interop.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _errors;

    private WorkerProcess(ProcessStartInfo start)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        _process = Process.Start(start)!;
        _output = _process.StandardOutput.ReadToEndAsync();
        _errors = _process.StandardError.ReadToEndAsync();
    }

    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "hotpath-delta-worker.dll");

    public static WorkerProcess Start(params string[] arguments) =>
        new(new ProcessStartInfo("dotnet", [Program, .. arguments]));

    /// <summary>One whose managed heap may not become larger: with more it ends.</summary>
    public static WorkerProcess StartWithin(int heapMebibytes, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Program, .. arguments]);
        start.Environment["DOTNET_GCHeapHardLimit"] = (heapMebibytes << 20).ToString("x", System.Globalization.CultureInfo.InvariantCulture);
        return new(start);
    }

    public static WorkerProcess StartProgram(string program, params string[] arguments) =>
        new(new ProcessStartInfo(program, arguments));

    public static WorkerProcess StartNode(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("node", [Path.Combine(Parquet.OtherReaders.ToolsDirectory, script), .. arguments]);
        start.Environment["HOTPATH_INTEROP"] = Parquet.OtherReaders.PackagesDirectory;
        return new(start);
    }

    /// <summary>The process that was told to stop ends when it has finished what it is at.</summary>
    public void EndInput() => _process.StandardInput.Close();

    /// <summary>What it printed; fails unless it ended well.</summary>
    public async Task<string> OutputAsync()
    {
        await _process.WaitForExitAsync();
        Assert.True(_process.ExitCode == 0, $"{string.Join(' ', _process.StartInfo.ArgumentList)}: {await _errors}");
        return await _output;
    }

    public async Task<(int ExitCode, string Output)> EndAsync()
    {
        await _process.WaitForExitAsync();
        return (_process.ExitCode, await _output);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }
}
