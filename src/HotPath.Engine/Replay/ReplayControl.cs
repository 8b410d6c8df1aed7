using System.Text.Json;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Replay;

/// <summary>
/// The control lines of a recording:
/// <c>{"control":"tick"|"start","receivedAt":ms}</c>, <c>{"control":"rules","rules":{...},"receivedAt":ms}</c>.
/// </summary>
internal static class ReplayControl
{
    /// <param name="line">An object with the member control.</param>
    /// <param name="slot">What goes into the order.</param>
    /// <param name="rules">Of a rule change: the text of the document.</param>
    /// <param name="refusal">Why it cannot be taken.</param>
    public static bool TryRead(JsonElement line, out Slot slot, out string? rules, out string? refusal)
    {
        rules = null;
        slot = default;
        if (!TryReceivedAt(line, out var receivedAtMicros, out refusal))
        {
            return false;
        }

        var control = line.GetProperty("control");
        switch (control.ValueKind == JsonValueKind.String ? control.GetString() : null)
        {
            case "tick":
                slot = ReplayRun.Control(SlotKind.Tick, receivedAtMicros);
                return true;
            case "start":
                slot = ReplayRun.Control(SlotKind.Start, receivedAtMicros);
                return true;
            case "rules" when line.TryGetProperty("rules", out var document):
                slot = ReplayRun.Control(SlotKind.Rules, receivedAtMicros);
                rules = document.GetRawText();
                return true;
            default:
                refusal = "control is \"tick\", \"start\", or \"rules\" with the document in rules";
                return false;
        }
    }

    public static bool TryReceivedAt(JsonElement line, out long receivedAtMicros, out string? refusal)
    {
        const long MillisecondsMax = 253_402_300_800_000;
        receivedAtMicros = Slot.NoNumber;
        refusal = null;
        if (line.TryGetProperty("receivedAt", out var received))
        {
            if (received.ValueKind != JsonValueKind.Number
                || !received.TryGetInt64(out var milliseconds)
                || milliseconds is < 0 or > MillisecondsMax)
            {
                refusal = "receivedAt is a whole number of milliseconds, up to the year 9999";
                return false;
            }

            receivedAtMicros = milliseconds * 1_000;
        }

        return true;
    }
}
