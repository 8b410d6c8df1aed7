using System.Text.Json;

namespace HotPath.Kinesis.Put;

/// <summary>
/// Reads the JSON of PutRecord and PutRecords into slices of the body. Never allocates for what is in good order:
/// <code>
/// {"StreamName":"readings","Records":[{"Data":"base64","PartitionKey":"press-7","ExplicitHashKey":"0"}, ...]}
/// {"StreamName":"readings","Data":"base64","PartitionKey":"press-7"}
/// </code>
/// Members may come in any order, twice (the last counts), with null (dropped) and with others beside them (skipped).
/// </summary>
internal static class PutJson
{
    public static PutParse Read(ReadOnlySpan<byte> body, PutCall call, bool isBatch)
    {
        if (isBatch && new PutJsonScan(body, call).TryReadBatch())
        {
            return PutParse.Regular;
        }

        call.ClearParsed();
        return ReadWithCare(body, call, isBatch);
    }

    internal static PutParse ReadWithCare(ReadOnlySpan<byte> body, PutCall call, bool isBatch)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            reader.Read();
            if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
            {
                return PutParse.NotParsable;
            }

            var regular = reader.TokenType == JsonTokenType.StartObject
                && (isBatch ? TryReadBatch(ref reader, call) : TryReadOne(ref reader, call));

            // What follows must be of the encoding too.
            while (reader.Read())
            {
            }

            return regular ? PutParse.Regular : PutParse.Irregular;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return PutParse.NotParsable;
        }
    }

    private static bool TryReadBatch(ref Utf8JsonReader reader, PutCall call)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("Records"u8))
            {
                if (!TryReadRecords(ref reader, call))
                {
                    return false;
                }
            }
            else if (!TryReadStream(ref reader, call))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryReadRecords(ref Utf8JsonReader reader, PutCall call)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return true;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return false;
        }

        call.ClearRecords();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject || !call.HasRoom)
            {
                return false;
            }

            ref var record = ref call.Add();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (!TryReadRecordMember(ref reader, call, ref record))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static bool TryReadOne(ref Utf8JsonReader reader, PutCall call)
    {
        ref var record = ref call.Add();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("SequenceNumberForOrdering"u8))
            {
                if (!TryReadString(ref reader, call, out var number))
                {
                    return false;
                }

                call.SequenceNumberForOrdering = number;
            }
            else if (reader.ValueTextEquals("StreamName"u8) || reader.ValueTextEquals("StreamARN"u8))
            {
                if (!TryReadStream(ref reader, call))
                {
                    return false;
                }
            }
            else if (!TryReadRecordMember(ref reader, call, ref record))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryReadRecordMember(ref Utf8JsonReader reader, PutCall call, ref PutRecord record)
    {
        if (reader.ValueTextEquals("Data"u8))
        {
            return TryReadString(ref reader, call, out record.Data);
        }

        if (reader.ValueTextEquals("PartitionKey"u8))
        {
            return TryReadString(ref reader, call, out record.PartitionKey);
        }

        if (reader.ValueTextEquals("ExplicitHashKey"u8))
        {
            return TryReadString(ref reader, call, out record.ExplicitHashKey);
        }

        reader.Skip();
        return true;
    }

    private static bool TryReadStream(ref Utf8JsonReader reader, PutCall call)
    {
        if (reader.ValueTextEquals("StreamName"u8))
        {
            var isString = TryReadString(ref reader, call, out var name);
            call.StreamName = name;
            return isString;
        }

        if (reader.ValueTextEquals("StreamARN"u8))
        {
            var isString = TryReadString(ref reader, call, out var arn);
            call.StreamArn = arn;
            return isString;
        }

        reader.Skip();
        return true;
    }

    /// <summary>A string or null; anything else is irregular.</summary>
    private static bool TryReadString(ref Utf8JsonReader reader, PutCall call, out TextSlice slice)
    {
        reader.Read();
        slice = TextSlice.Absent;
        if (reader.TokenType != JsonTokenType.String)
        {
            return reader.TokenType == JsonTokenType.Null;
        }

        if (!reader.ValueIsEscaped)
        {
            slice = new TextSlice((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length, IsAside: false);
            return true;
        }

        var start = call.Aside.Count;
        var written = reader.CopyString(call.Aside.Reserve(reader.ValueSpan.Length));
        call.Aside.Advance(written);
        slice = new TextSlice(start, written, IsAside: true);
        return true;
    }
}
