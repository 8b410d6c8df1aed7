using System.Text.Json.Nodes;

namespace HotPath.TestKit.Reference;

/// <summary>
/// Leaves out lines of a case, parts of its rules and time options as long as it still fails, so that a difference fits
/// the eye. What cannot be run at all does not fail.
/// </summary>
internal static class Shrinker
{
    private const int AttemptCountMax = 4_000;

    public static RecordedCase Shrink(RecordedCase failing, Func<RecordedCase, bool> fails)
    {
        var attempts = 0;
        bool StillFails(RecordedCase smaller)
        {
            attempts++;
            try
            {
                return attempts <= AttemptCountMax && fails(smaller);
            }
            catch (Exception fault) when (fault is FormatException or InvalidOperationException)
            {
                return false;
            }
        }

        // Fewer lines let go of more rules, and fewer rules of more lines.
        for (var round = 0; round < 3; round++)
        {
            failing = WithoutLines(failing, StillFails);
            failing = WithoutParts(failing, StillFails);
            failing = WithoutOptions(failing, StillFails);
        }

        return failing;
    }

    private static RecordedCase WithoutLines(RecordedCase failing, Func<RecordedCase, bool> fails)
    {
        for (var chunk = Math.Max(1, failing.Lines.Count / 2); chunk > 0; chunk /= 2)
        {
            for (var at = 0; at < failing.Lines.Count;)
            {
                var without = failing with { Lines = [.. failing.Lines.Take(at), .. failing.Lines.Skip(at + chunk)] };
                if (without.Lines.Count > 0 && fails(without))
                {
                    failing = without;
                }
                else
                {
                    at += chunk;
                }
            }
        }

        return failing;
    }

    // Every item of a list and every key of a table, from the last to the first, so that places stay what they are.
    private static RecordedCase WithoutParts(RecordedCase failing, Func<RecordedCase, bool> fails)
    {
        for (var place = Places(JsonNode.Parse(failing.Rules)!).Count - 1; place >= 0; place--)
        {
            var rules = JsonNode.Parse(failing.Rules)!;
            var places = Places(rules);
            if (place < places.Count)
            {
                places[place]();
                var without = failing with { Rules = rules.ToJsonString() };
                failing = fails(without) ? without : failing;
            }
        }

        return failing;
    }

    private static List<Action> Places(JsonNode node)
    {
        var places = new List<Action>();
        if (node is JsonArray list)
        {
            foreach (var item in list.ToList())
            {
                places.Add(() => list.Remove(item));
                places.AddRange(Places(item!));
            }
        }
        else if (node is JsonObject table)
        {
            foreach (var (key, value) in table.ToList())
            {
                places.Add(() => table.Remove(key));
                places.AddRange(Places(value!));
            }
        }

        return places;
    }

    private static RecordedCase WithoutOptions(RecordedCase failing, Func<RecordedCase, bool> fails)
    {
        foreach (var options in new[]
        {
            failing.Options with { OutOfOrdernessMicros = 0 },
            failing.Options with { IdleTimeoutMicros = null },
            failing.Options with { MaxFutureMicros = null },
        })
        {
            var without = failing with { Options = options };
            failing = fails(without) ? without : failing;
        }

        return failing;
    }
}
