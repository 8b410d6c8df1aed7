using System.Runtime.CompilerServices;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Decode;

/// <summary>
/// Where decoders put readings and refusals of the record at hand: names become indexes, drafts become slots.
/// Belongs to one decoder and its thread. When the record has more readings than there is room for, it stages no more
/// and <see cref="IsOverflown"/> says so; the record is then taken back whole.
/// </summary>
[SkipLocalsInit]
internal sealed unsafe class ReadingStage : IDisposable
{
    private readonly NameTables _names;
    private readonly NameQuota _quota;
    private readonly FlagSets _flags;
    private StagingBlock _into = null!;
    private RecordOrigin _origin;
    private int _countMax;

    // A reading that says no more than it must.
    private Slot _blank;

    public ReadingStage(NameTables names, NameQuota quota)
    {
        _names = names;
        _quota = quota;
        _flags = new FlagSets(names.Flags);
    }

    public bool IsOverflown { get; private set; }

    /// <summary>Slots staged so far, to come back to by <see cref="CutBackTo"/>.</summary>
    public int Count => _into.Count;

    public TimestampUnit Unit => _origin.TimestampUnit;

    public long ReceivedAtMicros => _origin.ReceivedAtMicros;

    public FlagSets FlagSets => _flags;

    public NameTables Names => _names;

    /// <summary>There is no room for one more.</summary>
    public bool IsFull
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _into.Count >= _countMax;
    }

    public void Begin(in RecordOrigin origin, StagingBlock into)
    {
        if (_into != into)
        {
            _into = into;
        }

        if (origin.ReceivedAtMicros != _origin.ReceivedAtMicros || origin.SenderSourceIndex != _origin.SenderSourceIndex
            || origin.Listener != _origin.Listener || origin.TimestampUnit != _origin.TimestampUnit || _blank.Kind == SlotKind.None)
        {
            BeginOrigin(origin);
        }

        _countMax = (int)long.Min(into.CountMax, into.Count + (long)EngineLimits.RecordReadingsMax);
        IsOverflown = false;
    }

    public void Dispose() => _flags.Dispose();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void BeginOrigin(in RecordOrigin origin)
    {
        _origin = origin;
        _blank = new Slot
        {
            SequenceNumber = Slot.NoNumber,
            CreatedAtMicros = Slot.NoNumber,
            ReceivedAtMicros = origin.ReceivedAtMicros,
            SourceIndex = origin.SenderSourceIndex,
            Model = Slot.NoModel,
            Kind = SlotKind.Reading,
            Quality = Quality.Good,
            Listener = origin.Listener,
        };
    }

    /// <summary>
    /// The slot behind the last, as a reading of the sender's that says nothing yet; it counts once it is taken. Not to be
    /// called when full.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref Slot Blank()
    {
        ref var slot = ref _into.Next();
        slot = _blank;
        return ref slot;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void TakeBlank() => _into.TakeNext();

    public void CutBackTo(int count) => _into.CutBackTo(count);

    public ref Slot SlotAt(int index) => ref _into.Slots[index];

    /// <summary>Stages the reading, or its refusal with <paramref name="raw"/>.</summary>
    /// <returns>Whether it is a reading.</returns>
    public bool Stage(ref ReadingDraft draft, byte* raw, byte* rawEnd)
    {
        var fault = draft.Fault;
        if (fault == RejectReason.None && (draft.Known & Member.Required) != Member.Required)
        {
            fault = RejectReason.MissingMember;
        }

        var (equipmentIndex, tagIndex, sourceIndex) = (Slot.NoIndex, Slot.NoIndex, Slot.NoIndex);
        if (fault == RejectReason.None)
        {
            fault = TryIntern(ref draft, out equipmentIndex, out tagIndex, out sourceIndex);
        }

        if (fault != RejectReason.None)
        {
            Reject(raw, rawEnd, fault);
            return false;
        }

        if (_into.Count >= _countMax)
        {
            IsOverflown = true;
            return false;
        }

        Fill(draft, equipmentIndex, tagIndex, sourceIndex);
        return true;
    }

    /// <summary>
    /// Stages a reading without fault whose names are all known. False: nothing was staged, and <see cref="Stage"/>
    /// is to decide.
    /// </summary>
    public bool TryStageKnown(in ReadingDraft draft)
    {
        var sourceIndex = _origin.SenderSourceIndex;
        if (!_names.Equipment.TryFind(draft.Equipment.At, draft.Equipment.Bytes, out var equipmentIndex)
            || !_names.Tags.TryFind(draft.Tag.At, draft.Tag.Bytes, out var tagIndex)
            || (draft.Source.Bytes > 0 && !_names.Sources.TryFind(draft.Source.At, draft.Source.Bytes, out sourceIndex))
            || _into.Count >= _countMax)
        {
            return false;
        }

        var valueBits = draft.ValueBits;
        if (draft.ValueKind == ValueKind.Symbol && !TryFindSymbol(draft.Symbol, ref valueBits))
        {
            return false;
        }

        Fill(draft, equipmentIndex, tagIndex, sourceIndex).ValueBits = valueBits;
        return true;
    }

    public bool TryKnownEquipment(in ReadingDraft envelope, out int equipmentIndex)
    {
        equipmentIndex = Slot.NoIndex;
        return (envelope.Known & (Member.Timestamp | Member.EquipmentId)) == (Member.Timestamp | Member.EquipmentId)
            && _names.Equipment.TryFind(envelope.Equipment.At, envelope.Equipment.Bytes, out equipmentIndex);
    }

    /// <summary>
    /// As above, of an envelope's reading: its number is its place, and source and sequence number are filled in when
    /// the envelope has been read.
    /// </summary>
    /// <param name="tagIndex">The tag that stood at this place before.</param>
    public bool TryStageKnown(
        in ReadingDraft envelope, in EnvelopeReading reading, int equipmentIndex, long number, ref int tagIndex)
    {
        var tag = reading.Tag.Span;
        if ((tagIndex >= _names.Tags.Count || !_names.Tags.Utf8(tagIndex).SequenceEqual(tag))
            && !TryFindTag(tag, ref tagIndex))
        {
            return false;
        }

        var timeMicros = envelope.TimeMicros;
        if (reading.Delta != 0)
        {
            if (!WireTime.TryDeltaFromUnit(reading.Delta, _origin.TimestampUnit, out var deltaMicros))
            {
                return false;
            }

            timeMicros += deltaMicros;
        }

        var valueBits = reading.ValueBits;
        if (!WireTime.IsInRange(timeMicros) || _into.Count >= _countMax
            || (reading.ValueKind == ValueKind.Symbol && !TryFindSymbol(reading.Symbol, ref valueBits)))
        {
            return false;
        }

        ref var slot = ref Fill(envelope, equipmentIndex, tagIndex, Slot.NoIndex);
        slot.EventTimeMicros = timeMicros;
        slot.ValueBits = valueBits;
        slot.ValueKind = reading.ValueKind;
        slot.Quality = reading.ValueKind == ValueKind.None ? Quality.Bad : reading.Quality;
        slot.SequenceNumber = number;
        return true;
    }

    private bool TryFindTag(ReadOnlySpan<byte> tag, ref int tagIndex)
    {
        var isKnown = _names.Tags.TryFind(tag, out var found);
        tagIndex = isKnown ? found : tagIndex;
        return isKnown;
    }

    public bool TryFindSymbol(Utf8Text symbol, ref long valueBits)
    {
        // A rule may hold a text with blanks at its ends; a reading may not.
        var isKnown = _names.Symbols.TryFind(symbol.At, symbol.Bytes, out var found) && symbol.Trimmed().Bytes == symbol.Bytes;
        valueBits = found;
        return isKnown;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Slot Fill(in ReadingDraft draft, int equipmentIndex, int tagIndex, int sourceIndex)
    {
        ref var slot = ref _into.Add();
        slot.EventTimeMicros = draft.TimeMicros;
        slot.ValueBits = draft.ValueBits;
        slot.SequenceNumber = draft.SequenceNumber;
        slot.CreatedAtMicros = draft.CreatedAtMicros;
        slot.ReceivedAtMicros =
            draft.ReceivedAtMicros != Slot.NoNumber ? draft.ReceivedAtMicros : _origin.ReceivedAtMicros;
        slot.EquipmentIndex = equipmentIndex;
        slot.TagIndex = tagIndex;
        slot.SourceIndex = sourceIndex;
        slot.Model = draft.Model;
        slot.Flags = draft.Flags;
        slot.Kind = SlotKind.Reading;
        slot.ValueKind = draft.ValueKind;
        slot.Quality = draft.ValueKind == ValueKind.None ? Quality.Bad : draft.Quality;
        slot.RejectReason = RejectReason.None;
        slot.Listener = _origin.Listener;
        return ref slot;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Reject(byte* raw, byte* rawEnd, RejectReason reason)
    {
        // Safe because raw to rawEnd lies within the record. Worth it: one copy, into the block.
        Reject(new ReadOnlySpan<byte>(raw, (int)(rawEnd - raw)), reason);
    }

    public void Reject(ReadOnlySpan<byte> raw, RejectReason reason)
    {
        if (_into.Count >= _countMax)
        {
            IsOverflown = true;
            return;
        }

        _into.AddRejected(raw, reason, _origin.SenderSourceIndex, _origin.Listener, _origin.ReceivedAtMicros);
    }

    /// <summary>The simple form without a status: its status is the string <c>unknown</c>.</summary>
    public void StageUnknownStatus(in ReadingDraft common, byte* raw, byte* rawEnd)
    {
        fixed (byte* status = "status"u8, unknown = "unknown"u8)
        {
            // Safe because both are constants, used before fixed ends. Worth it: one way into the block for all.
            var draft = common;
            draft.Tag = new Utf8Text(status, "status"u8.Length);
            draft.Symbol = new Utf8Text(unknown, "unknown"u8.Length);
            draft.ValueKind = ValueKind.Symbol;
            draft.Known |= Member.Tag | Member.Value;
            Stage(ref draft, raw, rawEnd);
        }
    }

    /// <summary>A record that holds no reading, so that it has a sequence number.</summary>
    public void StageEmpty()
    {
        if (_into.Count >= _countMax)
        {
            IsOverflown = true;
            return;
        }

        _into.Add() = new Slot
        {
            Kind = SlotKind.Empty,
            EventTimeMicros = _origin.ReceivedAtMicros,
            SequenceNumber = Slot.NoNumber,
            CreatedAtMicros = Slot.NoNumber,
            ReceivedAtMicros = _origin.ReceivedAtMicros,
            EquipmentIndex = Slot.NoIndex,
            TagIndex = Slot.NoIndex,
            SourceIndex = _origin.SenderSourceIndex,
            Model = Slot.NoModel,
            Listener = _origin.Listener,
        };
    }

    /// <summary>The index of a source, or of the sender where none is said.</summary>
    public RejectReason TrySource(Utf8Text source, out int index)
    {
        if (source.Bytes == 0)
        {
            index = _origin.SenderSourceIndex;
            return RejectReason.None;
        }

        return TryName(_names.Sources, source, out index);
    }

    private RejectReason TryIntern(ref ReadingDraft draft, out int equipmentIndex, out int tagIndex, out int sourceIndex)
    {
        tagIndex = sourceIndex = Slot.NoIndex;
        var fault = TryName(_names.Equipment, draft.Equipment, out equipmentIndex);
        if (fault == RejectReason.None)
        {
            fault = TryName(_names.Tags, draft.Tag, out tagIndex);
        }

        if (fault == RejectReason.None)
        {
            fault = TrySource(draft.Source, out sourceIndex);
        }

        if (fault == RejectReason.None && draft.ValueKind == ValueKind.Symbol)
        {
            fault = _quota.TrySymbol(
                _names.Symbols, draft.Symbol.Span, tagIndex, _origin.ReceivedAtMicros, out var symbolIndex);
            draft.ValueBits = symbolIndex;
        }

        return fault;
    }

    private RejectReason TryName(NameDirectory directory, Utf8Text name, out int index) =>
        _quota.TryName(directory, name.Span, _origin.SenderSourceIndex, _origin.ReceivedAtMicros, out index);
}
