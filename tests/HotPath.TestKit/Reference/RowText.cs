using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace HotPath.TestKit.Reference;

/// <summary>A row as a replay prints it: compact, and ASCII by lower-case escapes.</summary>
internal static class RowText
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of<T>(T row)
    {
        var json = JsonSerializer.Serialize(row, Relaxed);
        if (Ascii.IsValid(json))
        {
            return json;
        }

        var text = new StringBuilder(json.Length);
        foreach (var character in json)
        {
            _ = char.IsAscii(character)
                ? text.Append(character)
                : text.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
        }

        return text.ToString();
    }
}
