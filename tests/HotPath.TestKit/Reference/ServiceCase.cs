using System.Text.Json;

namespace HotPath.TestKit.Reference;

/// <summary>
/// A recorded case as a service meets it: every line has its arrival, the first one is a start, and it is started again
/// where somebody likes.
/// </summary>
internal static class ServiceCase
{
    private const long BeginMs = 1_600_000_000_000;

    /// <param name="recorded">Lines with or without arrivals.</param>
    /// <param name="isRestartedBefore">Asked for each line.</param>
    public static RecordedCase Of(RecordedCase recorded, Func<int, bool> isRestartedBefore)
    {
        var arrivedMs = recorded.Lines.Select(ArrivalOf).FirstOrDefault(ms => ms is not null) ?? BeginMs;
        List<JsonElement> lines = [Start(arrivedMs)];
        for (var index = 0; index < recorded.Lines.Count; index++)
        {
            var line = recorded.Lines[index];
            if (isRestartedBefore(index))
            {
                lines.Add(Start(arrivedMs));
            }

            arrivedMs = ArrivalOf(line) ?? arrivedMs;
            var members = line.Deserialize<Dictionary<string, JsonElement>>()!;
            members["receivedAt"] = JsonSerializer.SerializeToElement(arrivedMs);
            lines.Add(JsonSerializer.SerializeToElement(members));
        }

        return recorded with { Lines = lines, Expected = [] };
    }

    private static long? ArrivalOf(JsonElement line) =>
        line.TryGetProperty("receivedAt", out var received) ? received.GetInt64() : null;

    private static JsonElement Start(long receivedAt) => JsonSerializer.SerializeToElement(new { control = "start", receivedAt });
}
