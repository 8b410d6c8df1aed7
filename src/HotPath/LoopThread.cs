using System.Collections.Concurrent;

namespace HotPath;

/// <summary>
/// An asynchronous loop on a thread of its own with a name: what it awaits goes on there, so that its CPU can be told
/// from that of others. <see cref="Run"/> may be called by any thread.
/// </summary>
internal sealed class LoopThread : SynchronizationContext
{
    private readonly BlockingCollection<(SendOrPostCallback Callback, object? State)> _posted = [];

    private LoopThread()
    {
    }

    /// <summary>The task ends as the loop does.</summary>
    public static Task Run(string name, Func<Task> loop)
    {
        var ended = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() => new LoopThread().Turn(loop, ended)) { Name = name, IsBackground = true };
        thread.Start();
        return ended.Task.Unwrap();
    }

    /// <summary>The same for work that has a result.</summary>
    public static async Task<T> Run<T>(string name, Func<Task<T>> work)
    {
        T result = default!;
        await Run(name, WithoutResultAsync);
        return result;

        async Task WithoutResultAsync() => result = await work();
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        try
        {
            _posted.Add((d, state));
        }
        catch (InvalidOperationException)
        {
            // The loop has ended; whatever still comes back to it has nothing to wait for.
            ThreadPool.QueueUserWorkItem(_ => d(state));
        }
    }

    private void Turn(Func<Task> loop, TaskCompletionSource<Task> ended)
    {
        SetSynchronizationContext(this);
        var running = loop();
        running.ContinueWith(
            _ => _posted.CompleteAdding(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        foreach (var (callback, state) in _posted.GetConsumingEnumerable())
        {
            callback(state);
        }

        ended.SetResult(running);
    }
}
