using HotPath.Engine.Ring;

namespace HotPath.Sink.Rows;

/// <summary>Rows of the table <c>readings</c>.</summary>
internal sealed class ReadingRows : TableRows
{
    private static readonly EnumWords<Quality> Qualities = new();

    private readonly LongRows _lsn = new();
    private readonly LongRows _eventTime = new();
    private readonly LongRows _receivedAt = new();
    private readonly LongRows _createdAt = new();
    private readonly CodeRows _equipment;
    private readonly CodeRows _tag;
    private readonly CodeRows _source;
    private readonly DoubleRows _number = new();
    private readonly CodeRows _text;
    private readonly BooleanRows _flag = new();
    private readonly CodeRows _quality = new(Qualities);
    private readonly LongRows _sequenceNumber = new();
    private readonly CodeRows _flags;
    private readonly IntegerRows _model = new();
    private readonly BooleanRows _late = new();
    private readonly FlagWords _flagWords;

    public ReadingRows(SinkNames names)
    {
        _equipment = new CodeRows(names.Equipment);
        _tag = new CodeRows(names.Tags);
        _source = new CodeRows(names.Sources);
        _text = new CodeRows(names.Symbols);
        _flags = new CodeRows(names.Flags);
        _flagWords = names.Flags;
        Declare(
            _lsn, _eventTime, _receivedAt, _createdAt, _equipment, _tag, _source,
            _number, _text, _flag, _quality, _sequenceNumber, _flags, _model, _late);
    }

    public void Add(long lsn, in Slot reading, bool isLate)
    {
        _lsn.Add(lsn);
        _eventTime.Add(reading.EventTimeMicros);
        _receivedAt.Add(reading.ReceivedAtMicros);
        _createdAt.AddUnless(reading.CreatedAtMicros, Slot.NoNumber);
        _equipment.Add(reading.EquipmentIndex);
        _tag.Add(reading.TagIndex);
        _source.Add(reading.SourceIndex);
        AddValue(reading);
        _quality.Add((int)reading.Quality);
        _sequenceNumber.AddUnless(reading.SequenceNumber, Slot.NoNumber);
        _flags.Add(reading.Flags == 0 ? -1 : _flagWords.CodeOf(reading.Flags));
        _model.AddUnless(reading.Model, Slot.NoModel);
        _late.Add(isLate);
    }

    private void AddValue(in Slot reading)
    {
        if (reading.ValueKind == ValueKind.Number)
        {
            _number.Add(BitConverter.Int64BitsToDouble(reading.ValueBits));
        }
        else
        {
            _number.AddNull();
        }

        _text.Add(reading.ValueKind == ValueKind.Symbol ? (int)reading.ValueBits : -1);
        if (reading.ValueKind == ValueKind.Bool)
        {
            _flag.Add(reading.ValueBits != 0);
        }
        else
        {
            _flag.AddNull();
        }
    }
}
