using System.Runtime.CompilerServices;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Decode;

/// <summary>
/// Readings as arrays with the usual contents and known names, read straight into the slot that will hold them. Belongs
/// to one decoder and its thread. Answers null for whatever is not usual: then nothing was staged, and the grammar
/// decides. Names are not checked: only known ones are taken, and known ones were checked when they came first.
/// </summary>
/// <remarks>
/// Where a directory is too large for the caches, the readings of a record wait for their indexes, up to
/// <see cref="WaitingMax"/> of them, and <see cref="Settle"/> looks all up together. Whoever calls settles before
/// anything else is staged and at the end of the record; a name that is not known brings the record back to its reading.
/// </remarks>
[SkipLocalsInit]
internal sealed unsafe class MessagePackPlainArray(ReadingStage stage, int farNamesMin)
{
    private const int WaitingMax = 32;

    /// <summary>A shorter record has one reading, which has nobody to wait with.</summary>
    private const int RecordBytesMin = 128;

    private const int CountMin = 5;
    private const int CountMax = 10;

    private readonly NameDirectory _equipment = stage.Names.Equipment;
    private readonly NameDirectory _tags = stage.Names.Tags;
    private readonly NameDirectory _sources = stage.Names.Sources;
    private readonly FlagSets _flags = stage.FlagSets;
    private readonly Waiting[] _waiting = new Waiting[WaitingMax];
    private int _waitingCount;
    private bool _areNamesFar;

    /// <summary>Readings have no indexes yet.</summary>
    public bool IsWaiting => _waitingCount > 0;

    public void Begin(byte* at, byte* end)
    {
        _waitingCount = 0;
        _areNamesFar = end - at >= RecordBytesMin && int.Max(_equipment.Count, int.Max(_tags.Count, _sources.Count)) >= farNamesMin;
    }

    /// <summary>
    /// Gives the waiting readings their indexes. Where a name is not known, its reading and those behind it are taken
    /// back, and nobody waits any more in this record.
    /// </summary>
    /// <param name="at">Where the record goes on when all are known.</param>
    /// <param name="left">What was said with the reading that the record goes on with.</param>
    /// <returns>Where it goes on: at the first reading that was taken back.</returns>
    public byte* Settle(byte* at, ref int left)
    {
        var waiting = _waiting.AsSpan(0, _waitingCount);
        _waitingCount = 0;
        foreach (ref var reading in waiting)
        {
            _equipment.Approach(ref reading.Equipment);
            _tags.Approach(ref reading.Tag);
            if (reading.HasSource)
            {
                _sources.Approach(ref reading.Source);
            }
        }

        foreach (ref var reading in waiting)
        {
            if (!TrySettle(reading, ref stage.SlotAt(reading.SlotIndex)))
            {
                stage.CutBackTo(reading.SlotIndex);
                _areNamesFar = false;
                left = reading.Left;
                return reading.Start;
            }
        }

        return at;
    }

    private bool TrySettle(in Waiting reading, ref Slot slot)
    {
        slot.EquipmentIndex = _equipment.IndexOf(reading.Equipment);
        slot.TagIndex = _tags.IndexOf(reading.Tag);
        if (reading.HasSource)
        {
            slot.SourceIndex = _sources.IndexOf(reading.Source);
        }

        return (slot.EquipmentIndex | slot.TagIndex | slot.SourceIndex) >= 0;
    }

    /// <summary>At an array. Behind it, or null: too when as many wait as may.</summary>
    /// <param name="left">Kept with a reading that waits.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* TryDecode(byte* at, byte* end, int left) =>
        _areNamesFar ? TryDecodeFar(at, end, left) : TryDecode<NearNames>(at, end, ref _waiting[0]);

    private byte* TryDecodeFar(byte* at, byte* end, int left)
    {
        if (_waitingCount == WaitingMax)
        {
            return null;
        }

        ref var waiting = ref _waiting[_waitingCount];
        waiting.HasSource = false;
        waiting.Start = at;
        waiting.Left = left;
        waiting.SlotIndex = stage.Count;
        at = TryDecode<FarNames>(at, end, ref waiting);
        _waitingCount += at != null ? 1 : 0;
        return at;
    }

    // Safe because each element is checked against the end before it is read, and the slot counts only when all are.
    // Worth it: Decode/MessagePack array.
    private byte* TryDecode<TNames>(byte* at, byte* end, ref Waiting waiting)
        where TNames : struct
    {
        var count = *at ^ 0x90;
        if (count is < CountMin or > CountMax || stage.IsFull)
        {
            return null;
        }

        ref var slot = ref stage.Blank();
        at++;
        if (!MessagePackFields.TryReadVersion(ref at, end, ref slot.Model)
            || !MessagePackFields.TryReadTime(ref at, end, stage.Unit, ref slot.EventTimeMicros)
            || !TryReadName<TNames>(ref at, end, _equipment, ref slot.EquipmentIndex, ref waiting.Equipment)
            || !TryReadName<TNames>(ref at, end, _tags, ref slot.TagIndex, ref waiting.Tag)
            || !TryReadValue(ref at, end, ref slot)
            || (count > 5 && !MessagePackFields.TryReadQuality(ref at, end, ref slot.Quality))
            || (count > 6 && !MessagePackFields.TryReadCount(ref at, end, ref slot.SequenceNumber)))
        {
            return null;
        }

        if (count > 7 && !IsNil(ref at, end))
        {
            at = _flags.TryRecall(at, end, ref slot.Flags);
            if (at == null)
            {
                return null;
            }
        }

        if ((count > 8 && !IsNil(ref at, end) && !MessagePackFields.TryReadTime(ref at, end, stage.Unit, ref slot.CreatedAtMicros))
            || (count > 9 && !IsNil(ref at, end) && !TryReadSource<TNames>(ref at, end, ref slot, ref waiting)))
        {
            return null;
        }

        slot.Quality = slot.ValueKind == ValueKind.None ? Quality.Bad : slot.Quality;
        stage.TakeBlank();
        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsNil(ref byte* at, byte* end)
    {
        if (at >= end || *at != 0xC0)
        {
            return false;
        }

        at++;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryReadName<TNames>(ref byte* at, byte* end, NameDirectory names, ref int index, ref AskedName asked)
        where TNames : struct
    {
        var text = default(Utf8Text);
        if (!MessagePackFields.TryReadText(ref at, end, ref text))
        {
            return false;
        }

        if (typeof(TNames) == typeof(FarNames))
        {
            names.Ask(text.At, text.Bytes, ref asked);
            return true;
        }

        index = names.IndexOf(text.At, text.Bytes);
        return index >= 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryReadSource<TNames>(ref byte* at, byte* end, ref Slot slot, ref Waiting waiting)
        where TNames : struct
    {
        if (typeof(TNames) == typeof(FarNames))
        {
            waiting.HasSource = true;
        }

        return TryReadName<TNames>(ref at, end, _sources, ref slot.SourceIndex, ref waiting.Source);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryReadValue(ref byte* at, byte* end, ref Slot slot)
    {
        var text = default(Utf8Text);
        return MessagePackFields.TryReadValue(ref at, end, ref slot.ValueKind, ref slot.ValueBits, ref text)
            && (slot.ValueKind != ValueKind.Symbol || stage.TryFindSymbol(text, ref slot.ValueBits));
    }

    /// <summary>Names are looked up one by one.</summary>
    private readonly struct NearNames;

    /// <summary>Names wait, to be looked up together.</summary>
    private readonly struct FarNames;

    /// <summary>A reading in its slot, all but the indexes of its names.</summary>
    private struct Waiting
    {
        public AskedName Equipment;
        public AskedName Tag;
        public AskedName Source;
        public byte* Start;
        public int Left;
        public int SlotIndex;
        public bool HasSource;
    }
}
