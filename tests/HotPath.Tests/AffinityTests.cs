using System.Globalization;
using HotPath.Configuration;

namespace HotPath.Tests;

/// <summary>`affinity`, as the kernel sees it.</summary>
public sealed class AffinityTests
{
    [Fact]
    public async Task Threads_stay_on_their_cpus_in_the_order_of_the_datas_way()
    {
        var cpus = Enumerable.Range(0, 4096).Where(Cpus.Allowed.Contains).ToList();
        using var rig = new PipelineRig();

        // Receiver, journal, and what follows has no number.
        await using var pipeline = await rig.StartAsync(
            hasTables: false, configuration => configuration with { Affinity = [cpus[^1], cpus[0]] });
        await PipelineRig.SendAsync(pipeline, speed: 1, second: 1);

        var all = Cpus.Allowed.Text;
        var receiver = CpusOf(pipeline.Udp[0].Name);
        Assert.Contains(cpus[^1].ToString(CultureInfo.InvariantCulture), receiver);
        Assert.Contains(cpus[0].ToString(CultureInfo.InvariantCulture), CpusOf("journal"));
        Assert.All(CpusOf("patient"), allowed => Assert.Equal(all, allowed));
        Assert.All(CpusOf("snapshots"), allowed => Assert.Equal(all, allowed));
        Assert.NotEmpty(CpusOf("patient"));
        await pipeline.StopAsync();
    }

    /// <summary>The cpus of every thread of this name: other tests may run such pipelines too, and pin none.</summary>
    private static List<string> CpusOf(string name)
    {
        // The kernel keeps fifteen characters of a name.
        var kept = name[..Math.Min(15, name.Length)];
        var found = new List<string>();
        foreach (var task in Directory.EnumerateDirectories("/proc/self/task"))
        {
            try
            {
                if (File.ReadAllText(Path.Combine(task, "comm")).TrimEnd('\n') == kept)
                {
                    found.Add(File.ReadLines(Path.Combine(task, "status"))
                        .First(line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal)).Split('\t')[1]);
                }
            }
            catch (IOException)
            {
                // A thread that has ended meanwhile.
            }
        }

        return found;
    }
}
