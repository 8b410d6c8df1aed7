using System.Diagnostics;
using HotPath.TestKit;
using System.Text.Json;

namespace HotPath.Benchmarks.Parquet;

/// <summary>DuckDB in a process of its own, which waits between commands: tools/interop/duckdb-copy.mjs.</summary>
internal sealed class DuckDbPeer : IDisposable
{
    private readonly Process _process;

    public DuckDbPeer()
    {
        var script = Path.Combine(Repository.InteropTools, "duckdb-copy.mjs");
        _process = Process.Start(new ProcessStartInfo("node", [script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
    }

    public void Load(string file) => Ask(new { load = file });

    public double CopySeconds(string file, string options) => Ask(new { copy = file, options }).GetProperty("seconds").GetDouble();

    /// <summary>Equal for files of equal rows.</summary>
    public string Digest(string file) => Ask(new { digest = file }).GetRawText();

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private JsonElement Ask(object command)
    {
        _process.StandardInput.WriteLine(JsonSerializer.Serialize(command));
        _process.StandardInput.Flush();
        var line = _process.StandardOutput.ReadLine()
            ?? throw new InvalidOperationException("DuckDB did not start: run tools/interop/setup.sh, or set HOTPATH_INTEROP.");
        var answer = JsonDocument.Parse(line).RootElement;
        return answer.TryGetProperty("error", out var error) ? throw new InvalidOperationException(error.GetString()) : answer;
    }
}
