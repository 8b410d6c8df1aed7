using System.Runtime.InteropServices;
using HotPath.Engine.Native;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Journal;

/// <summary>
/// Builds frames of slots in its own memory. Belongs to the journal's thread. Never full: what does not fit into one
/// frame is left for the next; only a single rule document can make the memory grow.
/// </summary>
internal sealed class FrameBuilder : IDisposable
{
    /// <summary>Attached bytes after which a frame takes no further slots.</summary>
    private const int AttachedBytesMax = 1024 * 1024;

    /// <summary>LZ4 is kept when it saves an eighth.</summary>
    private const int SavingShare = 8;

    /// <summary>After a frame that LZ4 did not shorten, so many frames go without a try.</summary>
    private const int FramesWithoutTry = 15;

    private const int Acceleration = 4;

    private readonly SlotColumns _columns = new();
    private readonly IRuleDocumentBytes _ruleDocuments;
    private readonly NativeBuffer _plain;
    private readonly NativeBuffer _packed;
    private readonly bool _mayCompress;
    private NativeBuffer _frame;
    private int _framesUntilTry;

    public FrameBuilder(IRuleDocumentBytes ruleDocuments, bool mayCompress)
    {
        _ruleDocuments = ruleDocuments;
        _mayCompress = mayCompress && Lz4.IsAvailable;
        var plainBytesMax = SlotColumns.BytesMax(SlotColumns.SlotsMax) + AttachedBytesMax + EngineLimits.RejectedRecordBytesMax;
        _plain = new NativeBuffer(FrameHeader.SizeBytes + plainBytesMax + 4096);
        _packed = new NativeBuffer(_plain.CapacityBytes);
        _frame = _plain;
    }

    /// <summary>The frame that was built, padding included. Valid until the next one is built.</summary>
    public Span<byte> Frame => _frame.Span[..Header.PaddedBytes];

    public FrameHeader Header { get; private set; }

    /// <summary>Builds a frame of as many of the slots as belong into one.</summary>
    /// <returns>How many it holds, at least 1.</returns>
    public int BuildSlots(ReadOnlySpan<Slot> slots, long firstLsn)
    {
        slots = slots[..CountThatFits(slots, out var attachedCount, out var attachedBytes)];
        EnsureRoom(attachedBytes);

        var plain = _plain.Span[FrameHeader.SizeBytes..];
        var columnsBytes = _columns.Write(slots, plain);
        var plainBytes = columnsBytes;
        if (attachedCount > 0)
        {
            plainBytes += WriteAttachments(slots, firstLsn, attachedCount, plain[columnsBytes..]);
        }

        var payloadBytes = plainBytes;
        var codec = TryCompress(plain[..plainBytes], ref payloadBytes) ? FrameCodec.Lz4 : FrameCodec.Plain;
        _frame = codec == FrameCodec.Lz4 ? _packed : _plain;
        Header = new FrameHeader
        {
            FrameBytes = FrameHeader.SizeBytes + payloadBytes,
            FirstLsn = firstLsn,
            Count = slots.Length,
            PlainBytes = plainBytes,
            ColumnsBytes = columnsBytes,
            Kind = FrameKind.Slots,
            Codec = codec,
        };
        return slots.Length;
    }

    public void BuildMark(long nextLsn)
    {
        _frame = _plain;
        Header = new FrameHeader { FrameBytes = FrameHeader.SizeBytes, FirstLsn = nextLsn, Kind = FrameKind.Mark };
    }

    /// <summary>Puts in what is known only now, and the checksum.</summary>
    public void Seal(long durableLsn, long namesBytes, uint salt)
    {
        var header = Header;
        header.DurableLsn = durableLsn;
        header.NamesBytes = namesBytes;
        var frame = _frame.Span[..header.PaddedBytes];
        frame[header.FrameBytes..].Clear();

        // Safe because the header is blittable and the frame longer than it. Worth it: JournalBench.
        MemoryMarshal.Write(frame, in header);
        header.Checksum = FrameHeader.ChecksumOf(frame[..header.FrameBytes], salt);
        MemoryMarshal.Write(frame, in header);
        Header = header;
    }

    public void Dispose()
    {
        _columns.Dispose();
        _plain.Dispose();
        _packed.Dispose();
    }

    private int CountThatFits(ReadOnlySpan<Slot> slots, out int attachedCount, out int attachedBytes)
    {
        attachedCount = attachedBytes = 0;
        var countMax = Math.Min(slots.Length, SlotColumns.SlotsMax);
        for (var index = 0; index < countMax; index++)
        {
            ref readonly var slot = ref slots[index];
            Invariant.Holds(slot.Kind != SlotKind.None);
            if (!HasAttachment(slot.Kind))
            {
                continue;
            }

            var bytes = Attachments.EntryHeadBytes + AttachmentOf(in slot).Length;
            if (index > 0 && attachedBytes + bytes > AttachedBytesMax)
            {
                return index;
            }

            attachedCount++;
            attachedBytes += bytes;
        }

        return countMax;
    }

    private static bool HasAttachment(SlotKind kind) => kind is SlotKind.Rejected or SlotKind.Rules or SlotKind.Checkpoint;

    private ReadOnlySpan<byte> AttachmentOf(in Slot slot) => slot.Kind switch
    {
        SlotKind.Rejected or SlotKind.Checkpoint => RejectsBuffer.Read(slot.ValueBits),
        SlotKind.Rules => _ruleDocuments.Utf8(slot.ValueBits).Span,
        _ => default,
    };

    private void EnsureRoom(int attachedBytes)
    {
        var bytes = FrameHeader.SizeBytes + SlotColumns.BytesMax(SlotColumns.SlotsMax) + Attachments.HeadBytes + attachedBytes + 64;
        Invariant.Holds(bytes <= FrameHeader.FrameBytesMax);

        _plain.EnsureCapacity(bytes);
        _packed.EnsureCapacity(bytes);
    }

    private int WriteAttachments(ReadOnlySpan<Slot> slots, long firstLsn, int count, Span<byte> into)
    {
        Attachments.WriteHead(into, count);
        var at = Attachments.HeadBytes;
        for (var index = 0; index < slots.Length; index++)
        {
            ref readonly var slot = ref slots[index];
            if (HasAttachment(slot.Kind))
            {
                at += Attachments.WriteEntry(into[at..], firstLsn + index, AttachmentOf(in slot));
            }
        }

        return at;
    }

    private bool TryCompress(ReadOnlySpan<byte> plain, ref int payloadBytes)
    {
        if (!_mayCompress || _framesUntilTry > 0)
        {
            _framesUntilTry--;
            return false;
        }

        var bytesMax = plain.Length - (plain.Length / SavingShare);
        var into = _packed.Span.Slice(FrameHeader.SizeBytes, bytesMax);
        if (Lz4.TryCompress(plain, into, Acceleration, out var packedBytes))
        {
            payloadBytes = packedBytes;
            return true;
        }

        _framesUntilTry = FramesWithoutTry;
        return false;
    }
}
