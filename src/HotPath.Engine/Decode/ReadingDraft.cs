using HotPath.Engine.Ring;

namespace HotPath.Engine.Decode;

/// <summary>
/// A reading while its members are being read, in whatever order they come. Belongs to the decoder's thread. The
/// first fault of meaning is kept; reading goes on, so that the end of the reading is found.
/// </summary>
internal unsafe struct ReadingDraft
{
    public Utf8Text Equipment;
    public Utf8Text Tag;

    /// <summary>The value, if it is text.</summary>
    public Utf8Text Symbol;

    /// <summary>Empty: the sender is the source.</summary>
    public Utf8Text Source;

    public long TimeMicros;
    public long ValueBits;
    public long SequenceNumber;
    public long CreatedAtMicros;

    /// <summary><see cref="Slot.NoNumber"/>: when the record was received.</summary>
    public long ReceivedAtMicros;

    /// <summary>The members that stand in this object itself.</summary>
    public Member Seen;

    /// <summary>The required members that are there, said or inherited.</summary>
    public Member Known;

    public int Model;
    public ushort Flags;
    public TimestampUnit Unit;
    public ValueKind ValueKind;
    public Quality Quality;
    public RejectReason Fault;

    /// <summary>Ready for a new record.</summary>
    public void Clear(TimestampUnit unit)
    {
        this = default;
        SequenceNumber = Slot.NoNumber;
        CreatedAtMicros = Slot.NoNumber;
        ReceivedAtMicros = Slot.NoNumber;
        Model = Slot.NoModel;
        Unit = unit;
        Quality = Quality.Good;
    }

    /// <summary>The draft of an envelope's reading: what the envelope says, until the reading says otherwise.</summary>
    public readonly ReadingDraft Inherited()
    {
        var inner = this;
        inner.Seen = Member.Unknown;
        inner.SequenceNumber = Slot.NoNumber;
        return inner;
    }

    /// <summary>
    /// An envelope's sequence numbers count up from its own, by place. One so near the end that they might not is a
    /// fault of the envelope.
    /// </summary>
    public void RefuseWhenNumbersOverflow()
    {
        if (SequenceNumber > long.MaxValue - EngineLimits.RecordReadingsMax)
        {
            Refuse(RejectReason.NumberRange);
        }
    }

    /// <summary>Gives an envelope's reading its number by place, unless it says its own.</summary>
    public void Number(long first, long index)
    {
        if (SequenceNumber == Slot.NoNumber && first != Slot.NoNumber)
        {
            SequenceNumber = first + index;
        }
    }

    public void Refuse(RejectReason reason)
    {
        if (Fault == RejectReason.None)
        {
            Fault = reason;
        }
    }

    /// <summary>Text is judged before meaning: bytes that are no UTF-8 are the fault, whatever else there is.</summary>
    public void RefuseBadText(bool hasBadText)
    {
        if (hasBadText)
        {
            Fault = RejectReason.InvalidUtf8;
        }
    }

    /// <summary>Notes that a member stands here; twice is a fault of those that may stand once.</summary>
    public void See(Member member)
    {
        if ((Seen & member & Member.Single) != 0)
        {
            Refuse(RejectReason.DuplicateMember);
        }

        Seen |= member;
    }

    public void Take(Member member, in WireValue value)
    {
        See(member);
        switch (member)
        {
            case Member.Version:
                TakeVersion(value);
                break;
            case Member.Timestamp:
                TakeTimestamp(value);
                break;
            case Member.EquipmentId:
            case Member.MachineId:
                TakeName(Member.EquipmentId, value, ref Equipment);
                break;
            case Member.Tag:
                TakeName(Member.Tag, value, ref Tag);
                break;
            case Member.Value:
                TakeValue(value);
                break;
            case Member.Quality:
                TakeQuality(value);
                break;
            case Member.ReceivedAt:
                TakeReceivedAt(value);
                break;
            case Member.SequenceNumber:
                TakeSequenceNumber(value);
                break;
            case Member.CreatedAt:
                TakeCreatedAt(value);
                break;
            case Member.SourceId:
                TakeSource(value);
                break;
            default:
                break;
        }
    }

    public void TakeValue(in WireValue value)
    {
        Known |= Member.Value;
        ValueBits = 0;
        switch (value.Kind)
        {
            case WireKind.Integer:
            case WireKind.BigInteger:
            case WireKind.Real:
                ValueKind = ValueKind.Number;
                ValueBits = BitConverter.DoubleToInt64Bits(value.Real);
                break;
            case WireKind.Text:
                ValueKind = ValueKind.Symbol;
                Symbol = value.Text.Trimmed();
                RefuseWhenTooLong(Symbol);
                break;
            case WireKind.False:
            case WireKind.True:
                ValueKind = ValueKind.Bool;
                ValueBits = value.Kind == WireKind.True ? 1 : 0;
                break;
            case WireKind.Null:
                ValueKind = ValueKind.None;
                break;
            case WireKind.NotFinite:
                Refuse(RejectReason.NumberRange);
                break;
            default:
                Refuse(RejectReason.WrongType);
                break;
        }
    }

    public void TakeName(Member member, in WireValue value, ref Utf8Text name)
    {
        if (value.Kind == WireKind.Text)
        {
            name = value.Text.Trimmed();
            RefuseWhenTooLong(name);
            if (name.Bytes > 0)
            {
                Known |= member;
            }
            else
            {
                Refuse(RejectReason.MissingMember);
            }
        }
        else if (value.Kind != WireKind.Null)
        {
            Refuse(RejectReason.WrongType);
        }
    }

    /// <summary>Quality as JSON and the map form say it: a word, or an OPC UA status code.</summary>
    public void TakeQuality(in WireValue value)
    {
        switch (value.Kind)
        {
            case WireKind.Null:
                break;
            case WireKind.Text:
                Quality = QualityClass.OfWord(value.Text.Trimmed().Span);
                break;
            case WireKind.Integer:
            case WireKind.BigInteger:
                Quality = QualityClass.OfStatusCode(value.Integer);
                break;
            default:
                Quality = Quality.Bad;
                break;
        }
    }

    /// <summary>Quality as the array forms say it: 0 good, 1 uncertain, 2 bad, or a word; a larger number is a status code.</summary>
    public void TakeQualityClass(in WireValue value)
    {
        See(Member.Quality);
        if (value.Kind == WireKind.Integer && (ulong)value.Integer <= 2)
        {
            Quality = value.Integer switch
            {
                0 => Quality.Good,
                1 => Quality.Uncertain,
                _ => Quality.Bad,
            };
            return;
        }

        TakeQuality(value);
    }

    public void TakeTimestamp(in WireValue value)
    {
        if (TryTime(value, out var micros))
        {
            TimeMicros = micros;
            Known |= Member.Timestamp;
        }
    }

    /// <summary>The time of an envelope's reading as a distance from the envelope's.</summary>
    public void TakeTimestampDelta(in WireValue value)
    {
        if (value.Kind == WireKind.Null)
        {
            return;
        }

        if (value.Kind == WireKind.Integer)
        {
            if (!WireTime.TryDeltaFromUnit(value.Integer, Unit, out var deltaMicros)
                || !WireTime.IsInRange(TimeMicros + deltaMicros))
            {
                Refuse(RejectReason.TimeRange);
                return;
            }

            TimeMicros += deltaMicros;
            return;
        }

        Refuse(value.Kind == WireKind.BigInteger ? RejectReason.TimeRange : RejectReason.WrongType);
    }

    public void TakeSequenceNumber(in WireValue value)
    {
        switch (value.Kind)
        {
            case WireKind.Null:
                break;
            case WireKind.Integer when value.Integer != Slot.NoNumber:
                SequenceNumber = value.Integer;
                break;
            case WireKind.Integer or WireKind.BigInteger:
                Refuse(RejectReason.NumberRange);
                break;
            default:
                Refuse(RejectReason.WrongType);
                break;
        }
    }

    /// <summary>Notes that the simple form says a status; its value is taken as any other member's.</summary>
    public void TakeStatus(in WireValue value)
    {
        See(Member.Status);
        if (value.Kind >= WireKind.Time)
        {
            Refuse(RejectReason.WrongType);
        }
    }

    public void TakeFlag(in WireValue value, ReadingStage stage)
    {
        if (value.Kind == WireKind.Text)
        {
            RefuseWhenTooLong(value.Text);
            Flags |= Fault == RejectReason.None ? stage.FlagSets.BitOf(value.Text, stage.ReceivedAtMicros) : (ushort)0;
        }
        else
        {
            Refuse(RejectReason.WrongType);
        }
    }

    public void TakeSource(in WireValue value)
    {
        if (value.Kind == WireKind.Text)
        {
            Source = value.Text.Trimmed();
            RefuseWhenTooLong(Source);
        }
        else if (value.Kind != WireKind.Null)
        {
            Refuse(RejectReason.WrongType);
        }
    }

    public void TakeCreatedAt(in WireValue value)
    {
        if (TryTime(value, out var micros))
        {
            CreatedAtMicros = micros;
        }
    }

    public void TakeVersion(in WireValue value)
    {
        switch (value.Kind)
        {
            case WireKind.Null:
                break;
            case WireKind.Integer when value.Integer is > int.MinValue and <= int.MaxValue:
                Model = (int)value.Integer;
                break;
            case WireKind.Integer or WireKind.BigInteger:
                Refuse(RejectReason.NumberRange);
                break;
            default:
                Refuse(RejectReason.WrongType);
                break;
        }
    }

    private void TakeReceivedAt(in WireValue value)
    {
        if (value.Kind == WireKind.Integer && WireTime.TryFromUnit(value.Integer, TimestampUnit.Milliseconds, out var micros))
        {
            ReceivedAtMicros = micros;
        }
        else if (value.Kind != WireKind.Null)
        {
            Refuse(RejectReason.TimeRange);
        }
    }

    private bool TryTime(in WireValue value, out long micros)
    {
        micros = value.Integer;
        switch (value.Kind)
        {
            case WireKind.Null:
                return false;
            case WireKind.Integer when WireTime.TryFromUnit(value.Integer, Unit, out micros):
            case WireKind.Text when WireTime.TryParseIso(value.Text.Trimmed().Span, out micros):
            case WireKind.Time when WireTime.IsInRange(value.Integer):
                return true;
            case WireKind.Integer or WireKind.BigInteger or WireKind.Text or WireKind.Time:
                Refuse(RejectReason.TimeRange);
                return false;
            default:
                Refuse(RejectReason.WrongType);
                return false;
        }
    }

    private void RefuseWhenTooLong(Utf8Text text)
    {
        if (text.Bytes > EngineLimits.NameBytesMax)
        {
            Refuse(RejectReason.TooLong);
        }
    }
}
