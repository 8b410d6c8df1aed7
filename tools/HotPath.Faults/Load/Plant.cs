using System.Globalization;

namespace HotPath.Faults.Load;

/// <summary>
/// Machines whose readings are a function of seed, name and number, so that what was sent can be said again at any time.
/// Any thread.
/// </summary>
internal static class Plant
{
    private const long StartMs = 1_767_225_600_000;
    private const int ScanMs = 1_000;

    /// <summary>Less than the service's outOfOrderness, so that none is late in an undisturbed order.</summary>
    private const int JitterMsMax = 1_900;

    private static readonly string[] Modes = ["WORK", "WORK", "CLEAN", "IDLE"];

    public static PlantReading Reading(int seed, string equipment, long sequence)
    {
        var machine = Mix(unchecked((ulong)seed) ^ HashOf(equipment));
        var noise = Mix(machine ^ (ulong)sequence);
        var timestampMs = StartMs + (sequence * ScanMs) + (long)(noise % JitterMsMax);
        if (sequence % 5 == 4)
        {
            var mode = Modes[Mix(machine + (ulong)(sequence / 40)) % (ulong)Modes.Length];
            return new PlantReading(equipment, "mode", sequence, timestampMs, null, mode);
        }

        // Phases of 17 readings: hot, or cold for once.
        var isCold = Mix(machine ^ 0xC01D ^ (ulong)(sequence / 17)) % 4 == 0;
        var temperature = (isCold ? 20 : 50) + ((noise >> 32) % 1_500 / 100.0);
        return new PlantReading(equipment, "temperature", sequence, timestampMs, temperature, null);
    }

    private static ulong HashOf(string text)
    {
        var hash = 14_695_981_039_346_656_037UL;
        foreach (var character in text)
        {
            hash = (hash ^ character) * 1_099_511_628_211UL;
        }

        return hash;
    }

    /// <summary>The finalizer of SplitMix64.</summary>
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58_476D_1CE4_E5B9;
        value = (value ^ (value >> 27)) * 0x94D0_49BB_1331_11EB;
        return value ^ (value >> 31);
    }
}

/// <summary>One reading; either a number or a text.</summary>
internal sealed record PlantReading(string Equipment, string Tag, long Sequence, long TimestampMs, double? Number, string? Text)
{
    public string ToJson(string source) => string.Create(
        CultureInfo.InvariantCulture,
        $$$"""{"version":1,"timestamp":{{{TimestampMs}}},"equipmentId":"{{{Equipment}}}","tag":"{{{Tag}}}","value":{{{Value}}},"quality":"Ok","meta":{"sequenceNumber":{{{Sequence}}},"sourceId":"{{{source}}}"}}""");

    private string Value => Text is null ? Number!.Value.ToString("R", CultureInfo.InvariantCulture) : $"\"{Text}\"";
}
