using System.Collections.Concurrent;
using System.Diagnostics;

namespace HotPath.Faults.Target;

/// <summary>
/// Starts programs that are killed when this process ends, however it ends. The kernel sends that signal when the thread
/// ends that forked, so one thread forks them all and lives as long as the process.
/// </summary>
internal static class Spawner
{
    private static readonly BlockingCollection<(ProcessStartInfo Start, TaskCompletionSource<Process> Started)> Orders = StartThread();

    /// <param name="before">Programs with their arguments to run it under, e.g. strace; may be empty.</param>
    public static Task<Process> StartAsync(ProcessStartInfo start, params IReadOnlyList<string> before)
    {
        // Both die: the outer program with this process, the inner one with the outer.
        string[] dying = ["setpriv", "--pdeathsig", "KILL", "--"];
        string[] words = [.. dying, .. before, .. before.Count > 0 ? dying : [], start.FileName, .. start.ArgumentList];
        start.FileName = words[0];
        start.ArgumentList.Clear();
        foreach (var word in words.Skip(1))
        {
            start.ArgumentList.Add(word);
        }

        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Orders.Add((start, started));
        return started.Task;
    }

    private static BlockingCollection<(ProcessStartInfo Start, TaskCompletionSource<Process> Started)> StartThread()
    {
        var orders = new BlockingCollection<(ProcessStartInfo Start, TaskCompletionSource<Process> Started)>();
        new Thread(() => Work(orders)) { Name = "spawner", IsBackground = true }.Start();
        return orders;
    }

    private static void Work(BlockingCollection<(ProcessStartInfo Start, TaskCompletionSource<Process> Started)> orders)
    {
        foreach (var (start, started) in orders.GetConsumingEnumerable())
        {
            try
            {
                started.SetResult(Process.Start(start)!);
            }
            catch (Exception fault)
            {
                started.SetException(fault);
            }
        }
    }
}
