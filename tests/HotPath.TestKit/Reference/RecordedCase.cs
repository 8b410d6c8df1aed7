using System.Globalization;
using System.Text.Json;
using HotPath.Engine;
using HotPath.Engine.Rules;

namespace HotPath.TestKit.Reference;

/// <summary>Options, rules, lines in arrival order, and (for a recorded one) the rows that must come out.</summary>
internal sealed record RecordedCase(
    string Name,
    TimeOptions Options,
    long TimestampUnitMicros,
    string Rules,
    IReadOnlyList<JsonElement> Lines,
    IReadOnlyList<string> Expected)
{
    /// <summary>Of a vector: one JSON object with seed, options, rules, lines, expected.</summary>
    public static RecordedCase ReadVector(string path)
    {
        var vector = JsonDocument.Parse(File.ReadAllBytes(path)).RootElement;
        return new RecordedCase(
            Path.GetFileNameWithoutExtension(path),
            OptionsOf(vector.GetProperty("options")),
            1_000,
            vector.GetProperty("rules").GetRawText(),
            [.. vector.GetProperty("lines").EnumerateArray()],
            [.. vector.GetProperty("expected").EnumerateArray().Select(RowText.Of)]);
    }

    /// <summary>Of a recording: a directory with rules.json and readings.ndjson, and one file of rows for a setting.</summary>
    public static RecordedCase ReadRecording(string directory, string expectedFile, long timestampUnitMicros)
    {
        var setting = expectedFile["expected-out-of-orderness-".Length..^".ndjson".Length];
        _ = Duration.TryParse(setting, out var outOfOrdernessMicros);
        return new RecordedCase(
            $"{Path.GetFileName(directory)} {setting}",
            new TimeOptions { OutOfOrdernessMicros = outOfOrdernessMicros },
            timestampUnitMicros,
            File.ReadAllText(Path.Combine(directory, "rules.json")),
            [
                .. File.ReadLines(Path.Combine(directory, "readings.ndjson"))
                    .Where(line => line.Length > 0)
                    .Select(line => JsonDocument.Parse(line).RootElement),
            ],
            File.ReadAllLines(Path.Combine(directory, expectedFile)));
    }

    private static TimeOptions OptionsOf(JsonElement options) => new()
    {
        OutOfOrdernessMicros = DurationOf(options, "outOfOrderness") ?? 0,
        IdleTimeoutMicros = DurationOf(options, "idleTimeout"),
        MaxFutureMicros = DurationOf(options, "maxFuture"),
    };

    private static long? DurationOf(JsonElement options, string key)
    {
        if (!options.TryGetProperty(key, out var text))
        {
            return null;
        }

        return Duration.TryParse(text.GetString(), out var micros)
            ? micros
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{key}: {text} is no duration"));
    }
}
