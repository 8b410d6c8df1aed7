using System.Globalization;
using System.Text.Json;

namespace HotPath.Delta.Log;

/// <summary>Fields of JSON objects as engines really write them: absent, null, or a number as text.</summary>
internal static class JsonFields
{
    public static string Text(this JsonElement json, string name) =>
        json.TextOrNull(name) ?? throw new DeltaException($"the field '{name}' is missing.");

    public static string? TextOrNull(this JsonElement json, string name) =>
        json.TryGetProperty(name, out var field) && field.ValueKind == JsonValueKind.String ? field.GetString() : null;

    public static long Number(this JsonElement json, string name) =>
        json.NumberOrNull(name) ?? throw new DeltaException($"the field '{name}' is missing or no number.");

    public static long? NumberOrNull(this JsonElement json, string name)
    {
        if (!json.TryGetProperty(name, out var field))
        {
            return null;
        }

        var text = field.ValueKind switch
        {
            JsonValueKind.Number => field.GetRawText(),
            JsonValueKind.String => field.GetString(),
            _ => null,
        };
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exact))
        {
            return exact;
        }

        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real)
            && Math.Abs(real) < 9e18
            ? (long)real
            : null;
    }

    public static bool? FlagOrNull(this JsonElement json, string name) =>
        json.TryGetProperty(name, out var field)
            ? field.ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null }
            : null;

    public static IReadOnlyList<string>? ListOrNull(this JsonElement json, string name) =>
        json.TryGetProperty(name, out var field) && field.ValueKind == JsonValueKind.Array
            ? [.. field.EnumerateArray().Select(static item => item.GetString() ?? "")]
            : null;

    public static IReadOnlyDictionary<string, string?>? MapOrNull(this JsonElement json, string name)
    {
        if (!json.TryGetProperty(name, out var field) || field.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var map = new Dictionary<string, string?>();
        foreach (var entry in field.EnumerateObject())
        {
            map[entry.Name] = TextOf(entry.Value);
        }

        return map;
    }

    public static IReadOnlyDictionary<string, string>? MapOfTextOrNull(this JsonElement json, string name)
    {
        if (!json.TryGetProperty(name, out var field) || field.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var map = new Dictionary<string, string>();
        foreach (var entry in field.EnumerateObject())
        {
            if (TextOf(entry.Value) is { } text)
            {
                map[entry.Name] = text;
            }
        }

        return map;
    }

    private static string? TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString(),
        _ => value.GetRawText(),
    };
}
