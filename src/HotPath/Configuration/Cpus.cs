using System.Collections.Frozen;
using System.Globalization;

namespace HotPath.Configuration;

/// <summary>The cpus that this process may run on, by the kernel's numbers: those of the machine, or of its container.</summary>
/// <param name="Text">As the kernel writes them: <c>0-3,8</c>.</param>
internal sealed record Cpus(string Text)
{
    private const string Key = "Cpus_allowed_list:";

    private readonly FrozenSet<int> _numbers = [.. NumbersOf(Text)];

    public static Cpus Allowed { get; } = new(AllowedText());

    public bool Contains(int cpu) => _numbers.Contains(cpu);

    private static IEnumerable<int> NumbersOf(string text) => text.Split(',').SelectMany(range =>
    {
        var ends = range.Split('-').Select(end => int.Parse(end, CultureInfo.InvariantCulture)).ToArray();
        return Enumerable.Range(ends[0], ends[^1] - ends[0] + 1);
    });

    private static string AllowedText() => OperatingSystem.IsLinux()
        ? File.ReadLines("/proc/self/status").First(line => line.StartsWith(Key, StringComparison.Ordinal))[Key.Length..].Trim()
        : string.Create(CultureInfo.InvariantCulture, $"0-{Environment.ProcessorCount - 1}");
}
