using System.Diagnostics;

namespace HotPath.Benchmarks.Commands;

/// <summary>Every command of this assembly, by name.</summary>
internal static class BenchCommands
{
    private static readonly SortedDictionary<string, IBenchCommand> ByName = Find();

    public static IEnumerable<IBenchCommand> All => ByName.Values;

    public static int Run(string[] args)
    {
        if (args is [var name, ..] && ByName.TryGetValue(name, out var command))
        {
            return command.Run(args[1..]);
        }

        var isAsked = args is ["--help" or "-h" or "help", ..];
        WriteHelp(isAsked ? Console.Out : Console.Error);
        return isAsked ? 0 : 2;
    }

    private static void WriteHelp(TextWriter into)
    {
        into.WriteLine("dotnet run -c Release --project perf/HotPath.Benchmarks -- COMMAND [arguments] [--record]");
        into.WriteLine("--record keeps the verified result as one line of perf/results/COMMAND.jsonl.");
        into.WriteLine();
        foreach (var command in ByName.Values)
        {
            into.WriteLine($"{command.Name,-16} {command.Says}");
        }
    }

    private static SortedDictionary<string, IBenchCommand> Find()
    {
        var found = new SortedDictionary<string, IBenchCommand>(StringComparer.Ordinal);
        foreach (var type in typeof(IBenchCommand).Assembly.GetTypes())
        {
            if (type is { IsAbstract: false } && typeof(IBenchCommand).IsAssignableFrom(type))
            {
                var command = (IBenchCommand)Activator.CreateInstance(type)!;
                if (!found.TryAdd(command.Name, command))
                {
                    throw new UnreachableException($"Two commands are called {command.Name}.");
                }
            }
        }

        return found;
    }
}
