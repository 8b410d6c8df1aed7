using System.Buffers.Binary;
using System.IO.Pipelines;
using HotPath.Kinesis.Streams;
using HotPath.Kinesis.Wire;

namespace HotPath.Kinesis.Put;

/// <summary>
/// Writes the answers to PutRecord and PutRecords straight into the response, byte by byte. Every number has 56 digits
/// and every shard id 20 characters, so that the length is known before the first byte:
/// <code>
/// {"FailedRecordCount":0,"Records":[{"SequenceNumber":"4966...","ShardId":"shardId-000000000000"}, ...]}
/// {"SequenceNumber":"4966...","ShardId":"shardId-000000000000"}
/// </code>
/// </summary>
internal static class PutAnswer
{
    private const int HeadBytesMax = 64;

    // A map of two: a text of 17 bytes and 0, a text of 7 bytes and an array.
    private static readonly byte[] CborHead = [0xA2, 0x71, .. "FailedRecordCount"u8, 0x00, 0x67, .. "Records"u8];

    // A map of two: a text of 14 bytes and one of 56 (0x78: its length is in the next byte), one of 7 and one of 20.
    private static readonly byte[] CborBeforeNumber = [0xA2, 0x6E, .. "SequenceNumber"u8, 0x78, SequenceNumber.Digits];
    private static readonly byte[] CborBeforeShard = [0x67, .. "ShardId"u8, 0x60 + StreamShard.IdChars];

    /// <summary>Tells the length; then the response is to be started, and then comes <see cref="Write"/>.</summary>
    public static void WriteHeaders(HttpResponse response, PutCall call, in PutResult result)
    {
        Span<byte> head = stackalloc byte[HeadBytesMax];
        var grammar = Grammar.Of(result.Format);
        var count = call.Records.Length;
        response.ContentType = WireFormats.ContentType(result.Format);
        response.ContentLength = WriteHead(head, count, result)
            + (count * grammar.RecordBytes)
            + ((count - 1) * grammar.Separator.Length)
            + TailOf(result).Length;
    }

    /// <summary>Writes the body into a response that was started: before, the server would copy it.</summary>
    public static void Write(PipeWriter writer, PutCall call, OpenShards open, in PutResult result)
    {
        writer.Advance(WriteHead(writer.GetSpan(HeadBytesMax), call.Records.Length, result));
        WriteRecords(writer, call, open, result, Grammar.Of(result.Format));

        var tail = TailOf(result);
        tail.CopyTo(writer.GetSpan(tail.Length));
        writer.Advance(tail.Length);
    }

    private static int WriteHead(Span<byte> into, int count, in PutResult result)
    {
        if (!result.IsBatch)
        {
            return 0;
        }

        if (result.Format == WireFormat.Json)
        {
            var json = "{\"FailedRecordCount\":0,\"Records\":["u8;
            json.CopyTo(into);
            return json.Length;
        }

        // The array's length is always in two bytes.
        CborHead.CopyTo(into);
        into[CborHead.Length] = 0x99;
        BinaryPrimitives.WriteUInt16BigEndian(into[(CborHead.Length + 1)..], (ushort)count);
        return CborHead.Length + 3;
    }

    private static ReadOnlySpan<byte> TailOf(in PutResult result) =>
        result.IsBatch && result.Format == WireFormat.Json ? "]}"u8 : default;

    private static void WriteRecords(
        PipeWriter writer, PutCall call, OpenShards open, in PutResult result, in Grammar grammar)
    {
        call.EnsureSequences(open.Count);
        var room = Span<byte>.Empty;
        var used = 0;
        for (var index = 0; index < call.Records.Length; index++)
        {
            ref readonly var record = ref call.Records[index];
            ref var sequence = ref call.Sequences[record.ShardAt];
            if (!sequence.IsFor(result.LsnFirst))
            {
                // A shard just opened is dated a moment ahead; its records are not dated before it.
                var recordedSeconds = open[record.ShardAt].RecordedSeconds(result.NowSeconds);
                sequence.Begin(open.SequenceOf(record.ShardAt), result.LsnFirst, recordedSeconds);
            }

            var needed = grammar.RecordBytes + grammar.Separator.Length;
            if (room.Length - used < needed)
            {
                writer.Advance(used);
                room = writer.GetSpan(needed);
                used = 0;
            }

            if (index > 0)
            {
                grammar.Separator.CopyTo(room[used..]);
                used += grammar.Separator.Length;
            }

            var into = room.Slice(used, grammar.RecordBytes);
            WriteRecord(into, sequence, record.SlotAt, open.IdsUtf8[record.ShardAt], grammar);
            used += grammar.RecordBytes;
        }

        writer.Advance(used);
    }

    private static void WriteRecord(
        Span<byte> into, in SequenceWriter sequence, int slotAt, ReadOnlySpan<byte> shardId, in Grammar grammar)
    {
        grammar.BeforeNumber.CopyTo(into);
        into = into[grammar.BeforeNumber.Length..];
        sequence.Write(slotAt, into);
        into = into[SequenceNumber.Digits..];
        grammar.BeforeShard.CopyTo(into);
        into = into[grammar.BeforeShard.Length..];
        shardId.CopyTo(into);
        grammar.After.CopyTo(into[shardId.Length..]);
    }

    /// <summary>What stands before the digits, between digits and shard, after the shard, and between records.</summary>
    private readonly ref struct Grammar
    {
        public ReadOnlySpan<byte> BeforeNumber { get; private init; }

        public ReadOnlySpan<byte> BeforeShard { get; private init; }

        public ReadOnlySpan<byte> After { get; private init; }

        public ReadOnlySpan<byte> Separator { get; private init; }

        public int RecordBytes =>
            BeforeNumber.Length + SequenceNumber.Digits + BeforeShard.Length + StreamShard.IdChars + After.Length;

        public static Grammar Of(WireFormat format) => format == WireFormat.Cbor
            ? new Grammar { BeforeNumber = CborBeforeNumber, BeforeShard = CborBeforeShard }
            : new Grammar
            {
                BeforeNumber = "{\"SequenceNumber\":\""u8,
                BeforeShard = "\",\"ShardId\":\""u8,
                After = "\"}"u8,
                Separator = ","u8,
            };
    }
}

/// <summary>What a call got.</summary>
internal readonly record struct PutResult(WireFormat Format, bool IsBatch, long LsnFirst, long NowSeconds);
