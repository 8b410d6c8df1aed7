using HotPath.Engine.Ring;

namespace HotPath.Sink.Rows;

/// <summary>Rows of the table <c>readings</c>.</summary>
internal sealed class ReadingRows : TableRows
{
    /// <summary>Rows of a block: 64 KiB of readings, so that what one column fetched is in the cache for the next.</summary>
    public const int BlockRows = 1024;

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
    private readonly ulong[] _present = new ulong[BlockRows / 64];
    private readonly ulong[] _presentFlags = new ulong[BlockRows / 64];

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

    /// <summary>
    /// Adds rows column by column. Every block but the last of a batch has <see cref="BlockRows"/> rows.
    /// </summary>
    /// <param name="lsns">By row, as long as the readings or longer; so is <paramref name="late"/>.</param>
    public void AddBlock(ReadOnlySpan<long> lsns, ReadOnlySpan<Slot> readings, ReadOnlySpan<bool> late)
    {
        var count = readings.Length;
        lsns[..count].CopyTo(_lsn.AddBlock(count));
        late[..count].CopyTo(_late.AddBlock(count));
        AddTimes(readings);
        AddNames(readings);
        AddValues(readings);
        AddSequenceNumbers(readings);
        AddModels(readings);
    }

    private void AddTimes(ReadOnlySpan<Slot> readings)
    {
        var eventTime = _eventTime.AddBlock(readings.Length);
        var receivedAt = _receivedAt.AddBlock(readings.Length);
        var createdAt = _createdAt.AddBlock(readings.Length);
        var presence = new Presence(_present);
        for (var row = 0; row < readings.Length; row++)
        {
            ref readonly var reading = ref readings[row];
            eventTime[row] = reading.EventTimeMicros;
            receivedAt[row] = reading.ReceivedAtMicros;
            var isPresent = reading.CreatedAtMicros != Slot.NoNumber;
            createdAt[row] = isPresent ? reading.CreatedAtMicros : 0;
            presence.Next(row, isPresent);
        }

        if (presence.HasNull)
        {
            _createdAt.Mark(_present, readings.Length);
        }
    }

    private void AddNames(ReadOnlySpan<Slot> readings)
    {
        var equipment = _equipment.AddBlock(readings.Length);
        var tag = _tag.AddBlock(readings.Length);
        var source = _source.AddBlock(readings.Length);
        var quality = _quality.AddBlock(readings.Length);
        var flags = _flags.AddBlock(readings.Length);
        for (var row = 0; row < readings.Length; row++)
        {
            ref readonly var reading = ref readings[row];
            equipment[row] = reading.EquipmentIndex;
            tag[row] = reading.TagIndex;
            source[row] = reading.SourceIndex;
            quality[row] = (int)reading.Quality;
            flags[row] = reading.Flags == 0 ? -1 : _flagWords.CodeOf(reading.Flags);
        }
    }

    private void AddValues(ReadOnlySpan<Slot> readings)
    {
        var number = _number.AddBlock(readings.Length);
        var text = _text.AddBlock(readings.Length);
        var flag = _flag.AddBlock(readings.Length);
        var numbers = new Presence(_present);
        var flags = new Presence(_presentFlags);
        for (var row = 0; row < readings.Length; row++)
        {
            ref readonly var reading = ref readings[row];
            var (isNumber, isFlag) = (reading.ValueKind == ValueKind.Number, reading.ValueKind == ValueKind.Bool);
            number[row] = isNumber ? BitConverter.Int64BitsToDouble(reading.ValueBits) : 0;
            text[row] = reading.ValueKind == ValueKind.Symbol ? (int)reading.ValueBits : -1;
            flag[row] = isFlag && reading.ValueBits != 0;
            numbers.Next(row, isNumber);
            flags.Next(row, isFlag);
        }

        if (numbers.HasNull)
        {
            _number.Mark(_present, readings.Length);
        }

        if (flags.HasNull)
        {
            _flag.Mark(_presentFlags, readings.Length);
        }
    }

    private void AddSequenceNumbers(ReadOnlySpan<Slot> readings)
    {
        var sequenceNumber = _sequenceNumber.AddBlock(readings.Length);
        var presence = new Presence(_present);
        for (var row = 0; row < readings.Length; row++)
        {
            var value = readings[row].SequenceNumber;
            var isPresent = value != Slot.NoNumber;
            sequenceNumber[row] = isPresent ? value : 0;
            presence.Next(row, isPresent);
        }

        if (presence.HasNull)
        {
            _sequenceNumber.Mark(_present, readings.Length);
        }
    }

    private void AddModels(ReadOnlySpan<Slot> readings)
    {
        var model = _model.AddBlock(readings.Length);
        var presence = new Presence(_present);
        for (var row = 0; row < readings.Length; row++)
        {
            var isPresent = readings[row].Model != Slot.NoModel;
            model[row] = isPresent ? readings[row].Model : 0;
            presence.Next(row, isPresent);
        }

        if (presence.HasNull)
        {
            _model.Mark(_present, readings.Length);
        }
    }

    /// <summary>The bitmap of a block's rows that are present, bit by bit.</summary>
    private ref struct Presence(Span<ulong> words)
    {
        private readonly Span<ulong> _words = words;
        private ulong _word;
        private ulong _absent;

        public readonly bool HasNull => _absent != 0;

        /// <summary>Rows come in order, from 0. The word is stored with each row, so that the last one is too.</summary>
        public void Next(int row, bool isPresent)
        {
            var bit = isPresent ? 1UL : 0UL;
            _absent |= bit ^ 1;
            _word = (row & 63) == 0 ? bit : _word | (bit << row);
            _words[row >> 6] = _word;
        }
    }
}
