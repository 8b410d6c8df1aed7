using System.Text.Json;
using HotPath.Engine;

namespace HotPath.TestKit.Reference;

/// <summary>
/// A control line of our own, beside those of a recording: other time options from here on.
/// <c>{"control":"time","outOfOrderness":micros,"idleTimeout":micros|null,"maxFuture":micros|null,"receivedAt":ms}</c>
/// </summary>
internal static class TimeLine
{
    public static bool Is(JsonElement line) =>
        line.TryGetProperty("control", out var control) && control.GetString() == "time";

    public static Dictionary<string, object?> Write(TimeOptions options) => new()
    {
        ["control"] = "time",
        ["outOfOrderness"] = options.OutOfOrdernessMicros,
        ["idleTimeout"] = options.IdleTimeoutMicros,
        ["maxFuture"] = options.MaxFutureMicros,
    };

    public static TimeOptions Read(JsonElement line) => new()
    {
        OutOfOrdernessMicros = line.GetProperty("outOfOrderness").GetInt64(),
        IdleTimeoutMicros = MicrosOrNull(line.GetProperty("idleTimeout")),
        MaxFutureMicros = MicrosOrNull(line.GetProperty("maxFuture")),
    };

    private static long? MicrosOrNull(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : value.GetInt64();
}
