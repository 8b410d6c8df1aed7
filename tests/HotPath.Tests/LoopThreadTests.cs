namespace HotPath.Tests;

public sealed class LoopThreadTests
{
    [Fact]
    public async Task What_a_loop_awaits_goes_on_on_its_own_named_thread()
    {
        var threads = new List<Thread>();
        var pool = new List<bool>();

        await LoopThread.Run("counted", async () =>
        {
            for (var turn = 0; turn < 50; turn++)
            {
                threads.Add(Thread.CurrentThread);
                pool.Add(Thread.CurrentThread.IsThreadPoolThread);
                await Task.Yield();
                await Task.Run(() => { });
            }
        });

        var thread = Assert.Single(threads.Distinct());
        Assert.Equal("counted", thread.Name);
        Assert.DoesNotContain(true, pool);
    }

    [Fact]
    public async Task It_ends_as_its_loop_does()
    {
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => LoopThread.Run("faulty", async () =>
        {
            await Task.Yield();
            throw new InvalidOperationException("ended");
        }));
        Assert.Equal("ended", fault.Message);

        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => LoopThread.Run("cancelled", () => Task.Delay(Timeout.Infinite, cancelled.Token)));
    }

    /// <summary>
    /// Cause: a task that the loop began and did not await comes back when the loop's thread has gone. Symptom: what it
    /// still had to do would never be done.
    /// </summary>
    [Fact]
    public async Task What_comes_back_after_its_end_is_done_elsewhere()
    {
        var release = new TaskCompletionSource();
        Task<bool> left = Task.FromResult(false);

        await LoopThread.Run("left", () =>
        {
            left = ComeBackAsync(release.Task);
            return Task.CompletedTask;
        });
        release.SetResult();

        Assert.True(await left);

        static async Task<bool> ComeBackAsync(Task released)
        {
            await released;
            return Thread.CurrentThread.IsThreadPoolThread;
        }
    }
}
