using System.Globalization;

namespace HotPath.Benchmarks.EndToEnd;

/// <summary>One run of the whole way. Machines times tags are the machine-tags.</summary>
internal sealed record EndToEndOptions
{
    public int Seconds { get; init; } = 60;

    /// <summary>Readings a second, open loop; "max" lets the generator follow what the receiver reports.</summary>
    public string Rate { get; init; } = "2000000";

    public int Machines { get; init; } = 5_000;

    public int Tags { get; init; } = 20;

    /// <summary>True: by signed PutRecords of 500 JSON records; else by UDP.</summary>
    public bool ByKinesis { get; init; }

    /// <summary>Encoding of the readings, in the generator's words; null for its own choice.</summary>
    public string? Format { get; init; }

    public bool HasFlush { get; init; } = true;

    /// <summary>Event time by which readings are shuffled; outOfOrderness is then twice that, else 1 ms.</summary>
    public int DisorderMs { get; init; }

    /// <summary>Probes of latency a second; 0 for none.</summary>
    public int ProbesPerSecond { get; init; }

    public static EndToEndOptions Parse(string[] args)
    {
        var options = new EndToEndOptions();
        for (var at = 0; at < args.Length; at++)
        {
            options = args[at] switch
            {
                "--no-flush" => options with { HasFlush = false },
                "--kinesis" => options with { ByKinesis = true, Format = "json", Rate = "max", Tags = 8 },
                "--seconds" => options with { Seconds = Number(args, ++at) },
                "--rate" => options with { Rate = Word(args, ++at) },
                "--machines" => options with { Machines = Number(args, ++at) },
                "--tags" => options with { Tags = Number(args, ++at) },
                "--format" => options with { Format = Word(args, ++at) },
                "--disorder-ms" => options with { DisorderMs = Number(args, ++at) },
                "--probes" => options with { ProbesPerSecond = Number(args, ++at) },
                _ => throw new ArgumentException($"No such option: {args[at]}."),
            };
        }

        return options;
    }

    private static string Word(string[] args, int at) =>
        at < args.Length ? args[at] : throw new ArgumentException($"{args[at - 1]} needs a value.");

    private static int Number(string[] args, int at) => int.Parse(Word(args, at), CultureInfo.InvariantCulture);
}
