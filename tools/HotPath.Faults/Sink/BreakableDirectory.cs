using HotPath.Faults.Target;

namespace HotPath.Faults.Sink;

/// <summary>
/// Tables on a mount of their own, which becomes read-only or is taken away, so that an empty directory is seen in its place.
/// Needs root.
/// </summary>
internal sealed class BreakableDirectory : IBreakableTables
{
    /// <summary>A minute: a file that is being merged stays open for writing for seconds.</summary>
    private const int BusyAttempts = 1_200;

    private readonly string _disk;

    private BreakableDirectory(string directory)
    {
        _disk = Directory.CreateDirectory(Path.Combine(directory, "tables.disk")).FullName;
        Location = Directory.CreateDirectory(Path.Combine(directory, "tables")).FullName;
    }

    public string Location { get; }

    public IReadOnlyList<(string How, Func<Task> Go)> Ways =>
    [
        ("readOnly", () => RemountAsync("ro")),
        ("unmounted", UnmountAsync),
    ];

    public static async Task<BreakableDirectory> CreateAsync(string directory)
    {
        var tables = new BreakableDirectory(directory);
        await tables.ComeBackAsync();
        return tables;
    }

    public async Task ComeBackAsync()
    {
        if (!await IsMountedAsync())
        {
            await CommandRun.RequireAsync("mount", "--bind", _disk, Location);
        }

        await RemountAsync("rw");
    }

    /// <summary>Two seconds away, three seconds there.</summary>
    public async Task ShakeAsync(TimeSpan time)
    {
        using var over = new CancellationTokenSource(time);
        while (!over.IsCancellationRequested)
        {
            await UnmountAsync();
            await Task.Delay(TimeSpan.FromSeconds(2));
            await ComeBackAsync();
            await Task.Delay(TimeSpan.FromSeconds(3));
        }
    }

    public async ValueTask DisposeAsync()
    {
        while (await IsMountedAsync())
        {
            await UnmountAsync();
        }
    }

    private async Task UnmountAsync() => await CommandRun.RequireAsync("umount", "-l", Location);

    /// <summary>Refused as long as a file there is open for writing.</summary>
    private async Task RemountAsync(string how)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (code, _, errors) = await CommandRun.RunAsync("mount", "-o", $"remount,bind,{how}", Location);
            if (code == 0)
            {
                return;
            }

            if (attempt == BusyAttempts)
            {
                throw new CampaignFaultException($"{Location} cannot be remounted {how}: {errors}");
            }

            await Task.Delay(50);
        }
    }

    private async Task<bool> IsMountedAsync() =>
        (await File.ReadAllLinesAsync("/proc/mounts")).Any(line => line.Split(' ')[1] == Location);
}
