using System.Buffers.Text;

namespace HotPath.LoadGenerator.Kinesis;

/// <summary>What the body of an answer to PutRecords says, as far as a producer must know.</summary>
internal static class PutRecordsAnswer
{
    private static ReadOnlySpan<byte> FailedCountMark => "\"FailedRecordCount\":"u8;

    private static ReadOnlySpan<byte> RecordsMark => "\"Records\":["u8;

    private static ReadOnlySpan<byte> ErrorMark => "\"ErrorCode\":\""u8;

    /// <summary>Records that were not taken; 0 where the answer does not say.</summary>
    public static int FailedCount(ReadOnlySpan<byte> body)
    {
        var at = body.IndexOf(FailedCountMark);
        return at >= 0 && Utf8Parser.TryParse(Trim(body[(at + FailedCountMark.Length)..]), out int count, out _)
            ? count
            : 0;
    }

    /// <summary>Indexes of the records that were not taken; returns how many.</summary>
    public static int FailedRecords(ReadOnlySpan<byte> body, Span<int> failed)
    {
        var at = body.IndexOf(RecordsMark);
        var rest = at < 0 ? [] : body[(at + RecordsMark.Length)..];
        var count = 0;

        // An entry is a flat object: its first } ends it, since neither codes nor texts hold one.
        for (var record = 0; rest.IndexOf((byte)'}') is var end && end >= 0 && rest[0] != (byte)']'; record++)
        {
            if (rest[..end].IndexOf(ErrorMark) >= 0 && count < failed.Length)
            {
                failed[count++] = record;
            }

            rest = rest[(end + 1)..].TrimStart(", \r\n"u8);
            if (rest.IsEmpty)
            {
                break;
            }
        }

        return count;
    }

    /// <summary>The call was refused for now: a throttled one is sent again.</summary>
    public static bool SaysThrottled(ReadOnlySpan<byte> body) =>
        body.IndexOf("ProvisionedThroughputExceededException"u8) >= 0
        || body.IndexOf("ThrottlingException"u8) >= 0
        || body.IndexOf("LimitExceededException"u8) >= 0;

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text) => text.TrimStart((byte)' ');
}
