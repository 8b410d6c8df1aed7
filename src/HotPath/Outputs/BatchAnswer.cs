using System.Text.Json;
using HotPath.Kinesis.Client;

namespace HotPath.Outputs;

/// <summary>What PutRecords and PutEvents answer: one entry a row, with an ErrorCode where it was not taken.</summary>
internal static class BatchAnswer
{
    public static Delivery[] Read(JsonDocument answer, string list, int count)
    {
        if (!answer.RootElement.TryGetProperty(list, out var entries)
            || entries.ValueKind != JsonValueKind.Array
            || entries.GetArrayLength() != count)
        {
            return Delivery.All(count, Delivery.Later($"The service did not answer with one entry of {list} a row."));
        }

        return [.. entries.EnumerateArray().Select(Of)];
    }

    /// <summary>A call that was refused as a whole.</summary>
    public static Delivery[] Refused(AwsFaultException fault, int count)
    {
        // Rows are made by one code: what is wrong with a call is wrong with its size or content, and not with its place.
        var isForGood = fault.Type is "ValidationException" or "SerializationException" && count == 1;
        return Delivery.All(count, isForGood ? Delivery.Never(fault.Message) : Delivery.Later(fault.Message));
    }

    private static Delivery Of(JsonElement entry) =>
        entry.TryGetProperty("ErrorCode", out var code) && code.ValueKind == JsonValueKind.String
            ? Delivery.Later(entry.TryGetProperty("ErrorMessage", out var message) ? $"{code}: {message}" : code.ToString())
            : Delivery.Done;
}
