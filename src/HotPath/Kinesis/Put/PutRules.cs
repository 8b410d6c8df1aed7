using System.Text;
using System.Text.Unicode;
using HotPath.Kinesis.Wire;

namespace HotPath.Kinesis.Put;

/// <summary>
/// The constraints of PutRecord and PutRecords, checked on the bytes: only whether all hold. Which one does not, and its
/// words, is found by the slow checks on the tree.
/// </summary>
internal static class PutRules
{
    /// <summary>
    /// Measures the records' data. True when nothing is wrong but what only decoding can show (base64) or only the
    /// streams know.
    /// </summary>
    public static bool Hold(PutCall call, ReadOnlySpan<byte> body, WireFormat format, KinesisLimits limits)
    {
        if (call.Records.IsEmpty || !TryNameStream(call, body))
        {
            return false;
        }

        for (var index = 0; index < call.Records.Length; index++)
        {
            ref var record = ref call[index];
            if (!record.Data.IsPresent
                || !record.PartitionKey.IsPresent
                || !IsPartitionKey(call.Bytes(body, record.PartitionKey))
                || (record.ExplicitHashKey.IsPresent && !IsDecimal(call.Bytes(body, record.ExplicitHashKey), 39)))
            {
                return false;
            }

            record.DataBytes = format == WireFormat.Cbor
                ? record.Data.Length
                : Base64Text.DecodedBytes(call.Bytes(body, record.Data));
            if (record.DataBytes > limits.RecordBytesMax)
            {
                return false;
            }
        }

        var ordering = call.SequenceNumberForOrdering;
        return !ordering.IsPresent || IsDecimal(call.Bytes(body, ordering), 129);
    }

    /// <summary>A stream may be given by its ARN: its name is the end of it. Given by both, they must agree.</summary>
    private static bool TryNameStream(PutCall call, ReadOnlySpan<byte> body)
    {
        if (call.StreamArn.IsPresent)
        {
            var arn = call.Bytes(body, call.StreamArn);
            var colon = arn.IndexOf(":stream/"u8);
            if (colon < 0 || !arn.StartsWith("arn:aws"u8))
            {
                return false;
            }

            var nameAt = colon + ":stream/".Length;
            if (call.StreamName.IsPresent && !call.Bytes(body, call.StreamName).SequenceEqual(arn[nameAt..]))
            {
                return false;
            }

            call.StreamName = call.StreamArn with
            {
                Start = call.StreamArn.Start + nameAt,
                Length = arn.Length - nameAt,
            };
        }

        return call.StreamName.IsPresent
            && call.StreamName.Length <= KinesisLimits.StreamNameCharsMax
            && IsStreamName(call.Bytes(body, call.StreamName));
    }

    private static bool IsStreamName(ReadOnlySpan<byte> name)
    {
        foreach (var character in name)
        {
            if (!char.IsAsciiLetterOrDigit((char)character) && character is not ((byte)'_' or (byte)'.' or (byte)'-'))
            {
                return false;
            }
        }

        return !name.IsEmpty;
    }

    /// <summary>1 to 256 code points of UTF-8.</summary>
    private static bool IsPartitionKey(ReadOnlySpan<byte> key)
    {
        if (key.Length <= KinesisLimits.PartitionKeyCharsMax && Ascii.IsValid(key))
        {
            return !key.IsEmpty;
        }

        // Every code point has one byte that is no continuation (10xxxxxx).
        var codePoints = 0;
        foreach (var part in key)
        {
            codePoints += (part & 0xC0) != 0x80 ? 1 : 0;
        }

        return codePoints is >= 1 and <= KinesisLimits.PartitionKeyCharsMax && Utf8.IsValid(key);
    }

    private static bool IsDecimal(ReadOnlySpan<byte> digits, int digitsMax) =>
        digits.Length >= 1
        && digits.Length <= digitsMax
        && !digits.ContainsAnyExceptInRange((byte)'0', (byte)'9')
        && (digits[0] != '0' || digits.Length == 1);
}
