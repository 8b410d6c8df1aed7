using System.Text.Json;

namespace HotPath.Delta.Log;

/// <summary>The number of rows from a file's statistics, where they can be understood.</summary>
internal static class StatsRows
{
    /// <summary>Rows that the file holds, deleted ones among them; null where the statistics do not say.</summary>
    public static long? Of(Add file)
    {
        if (file.StatsUtf8.IsEmpty)
        {
            return null;
        }

        try
        {
            var json = new Utf8JsonReader(file.StatsUtf8.Span);
            while (json.Read())
            {
                if (json.TokenType == JsonTokenType.PropertyName && json.CurrentDepth == 1)
                {
                    var isRows = json.ValueTextEquals("numRecords"u8);
                    json.Read();
                    if (isRows)
                    {
                        return json.TokenType == JsonTokenType.Number && json.TryGetInt64(out var rows) ? rows : null;
                    }

                    json.Skip();
                }
            }
        }
        catch (JsonException)
        {
            // Statistics that nobody understands are none.
        }

        return null;
    }
}
