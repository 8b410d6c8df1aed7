using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Journal;

/// <summary>
/// Turns slots into columns and back. Owns scratch memory and so belongs to one thread. Holds no state between frames.
/// </summary>
/// <remarks>
/// The columns in their order; the word of kinds comes first because it says which values are numbers:
/// <code>
/// kinds (flags, kind, valueKind, quality, reason, listener as one 64-bit word: dictionary)
/// eventTime | receivedAt | createdAt | sequenceNumber | equipment | tag | source | model | numbers | other values
///
/// dictionary: count u16 | words i64 each | index of each slot, packed
/// </code>
/// Numbers and other values hold only their slots' values, closed up; a column without any is left out. A rejected
/// slot's value is the address of its raw bytes and is written as 0.
/// </remarks>
internal sealed unsafe class SlotColumns : IDisposable
{
    /// <summary>The most slots of a frame: 256 KiB of slots, which stay in the cache between the columns.</summary>
    public const int SlotsMax = 4096;

    private const int KindsOffset = 56;
    private const int WideColumns = 4;
    private const int NarrowColumns = 4;
    private const int PlainColumns = WideColumns + NarrowColumns;

    /// <summary>Offsets of the 64-bit fields, then of the 32-bit ones, in the order of the columns.</summary>
    private static readonly byte[] FieldOffsets = [0, 32, 24, 16, 40, 44, 48, 52];

    // Values of a column, its packed form under way, and the words of kinds.
    private readonly long* _values;
    private readonly long* _integers;
    private readonly long* _words;
    private int _wordCount;

    public SlotColumns()
    {
        _values = (long*)NativeMemory.AlignedAlloc(SlotsMax * sizeof(long), 64);
        _integers = (long*)NativeMemory.AlignedAlloc(SlotsMax * sizeof(long), 64);
        _words = (long*)NativeMemory.AlignedAlloc(SlotsMax * sizeof(long), 64);
    }

    /// <summary>Room that <see cref="Write"/> needs.</summary>
    public static int BytesMax(int count) =>
        2 + ((PlainColumns + 3) * IntegerColumn.BytesMax(count)) + NumberColumn.BytesMax(count);

    /// <summary>Writes the columns of at most <see cref="SlotsMax"/> slots.</summary>
    /// <returns>Bytes written.</returns>
    public int Write(ReadOnlySpan<Slot> slots, Span<byte> into)
    {
        Invariant.Holds(slots.Length is > 0 and <= SlotsMax && into.Length >= BytesMax(slots.Length));

        // Safe because the room was checked and slots are blittable. Worth it: JournalBench.
        fixed (Slot* first = slots)
        fixed (byte* start = into)
        {
            var at = start + WriteKinds((byte*)first, slots.Length, start);
            for (var column = 0; column < PlainColumns; column++)
            {
                Gather((byte*)first + FieldOffsets[column], slots.Length, isWide: column < WideColumns);
                at += IntegerColumn.Write(_values, slots.Length, at);
            }

            return (int)(at - start) + WriteValues(first, slots.Length, at);
        }
    }

    /// <summary>
    /// Reads columns back. False if they are not what <see cref="Write"/> makes.
    /// <see cref="BitPacking.SlackBytes"/> must be readable behind them.
    /// </summary>
    public bool TryRead(ReadOnlySpan<byte> columns, Span<Slot> slots)
    {
        var starts = stackalloc nint[PlainColumns];
        fixed (byte* start = columns)
        fixed (Slot* first = slots)
        {
            var at = start;
            var end = start + columns.Length;
            var template = default(Slot);
            if (!TryReadKinds(ref at, end, slots.Length)
                || !TryReadConstants(ref at, end, slots.Length, (byte*)&template, starts))
            {
                return false;
            }

            FillKinds(template, slots);
            for (var column = 0; column < PlainColumns; column++)
            {
                if (starts[column] != 0)
                {
                    IntegerColumn.Read((byte*)starts[column], slots.Length, _values);
                    Scatter((byte*)first + FieldOffsets[column], slots.Length, isWide: column < WideColumns);
                }
            }

            return TryReadValues(at, end, first, slots.Length);
        }
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_values);
        NativeMemory.AlignedFree(_integers);
        NativeMemory.AlignedFree(_words);
    }

    private int WriteKinds(byte* slots, int count, byte* into)
    {
        _wordCount = 0;
        var known = 0;
        for (var index = 0; index < count; index++)
        {
            var word = Unsafe.ReadUnaligned<long>(slots + (index * Slot.SizeBytes) + KindsOffset);
            if (_wordCount == 0 || _words[known] != word)
            {
                known = FindOrAddWord(word);
            }

            _values[index] = known;
        }

        Unsafe.WriteUnaligned(into, (ushort)_wordCount);
        Unsafe.CopyBlockUnaligned(into + 2, _words, (uint)_wordCount * sizeof(long));
        var headBytes = 2 + (_wordCount * sizeof(long));
        var width = BitPacking.WidthOf((ulong)(_wordCount - 1));
        BitPacking.Pack((ulong*)_values, count, width, into + headBytes);
        return headBytes + BitPacking.PackedBytes(count, width);
    }

    private int FindOrAddWord(long word)
    {
        var found = new ReadOnlySpan<long>(_words, _wordCount).IndexOf(word);
        if (found < 0)
        {
            found = _wordCount++;
            _words[found] = word;
        }

        return found;
    }

    private void Gather(byte* field, int count, bool isWide)
    {
        if (isWide)
        {
            for (var index = 0; index < count; index++)
            {
                _values[index] = Unsafe.ReadUnaligned<long>(field + (index * Slot.SizeBytes));
            }
        }
        else
        {
            for (var index = 0; index < count; index++)
            {
                _values[index] = Unsafe.ReadUnaligned<int>(field + (index * Slot.SizeBytes));
            }
        }
    }

    private int WriteValues(Slot* slots, int count, byte* into)
    {
        var numbers = 0;
        var others = 0;
        for (var index = 0; index < count; index++)
        {
            ref readonly var slot = ref slots[index];
            if (slot.ValueKind == ValueKind.Number)
            {
                _values[numbers++] = slot.ValueBits;
            }
            else
            {
                _words[others++] = slot.Kind is SlotKind.Rejected or SlotKind.Checkpoint ? 0 : slot.ValueBits;
            }
        }

        var bytes = numbers == 0 ? 0 : NumberColumn.Write(_values, numbers, _integers, into);
        return others == 0 ? bytes : bytes + IntegerColumn.Write(_words, others, into + bytes);
    }

    /// <summary>
    /// Leaves the words in the scratch of words and the index of each slot in the scratch of integers.
    /// </summary>
    private bool TryReadKinds(ref byte* at, byte* end, int count)
    {
        if (end - at < 2)
        {
            return false;
        }

        _wordCount = Unsafe.ReadUnaligned<ushort>(at);
        var width = BitPacking.WidthOf((ulong)Math.Max(0, _wordCount - 1));
        var headBytes = 2 + (_wordCount * sizeof(long));
        var bytes = headBytes + BitPacking.PackedBytes(count, width);
        if (_wordCount is 0 or > SlotsMax || bytes > end - at)
        {
            return false;
        }

        Unsafe.CopyBlockUnaligned(_words, at + 2, (uint)_wordCount * sizeof(long));
        BitPacking.Unpack(at + headBytes, count, width, shift: 0, first: 0, _integers);
        at += bytes;
        return true;
    }

    private static bool TryReadConstants(ref byte* at, byte* end, int count, byte* template, nint* starts)
    {
        for (var column = 0; column < PlainColumns; column++)
        {
            if (!IntegerColumn.TryMeasure(at, end, count, out var bytes))
            {
                return false;
            }

            var isConstant = IntegerColumn.IsConstant(at, out var value);
            starts[column] = isConstant ? 0 : (nint)at;
            if (isConstant && column < WideColumns)
            {
                Unsafe.WriteUnaligned(template + FieldOffsets[column], value);
            }
            else if (isConstant)
            {
                Unsafe.WriteUnaligned(template + FieldOffsets[column], (int)value);
            }

            at += bytes;
        }

        return true;
    }

    /// <summary>Every slot becomes the template with its own word of kinds.</summary>
    private void FillKinds(in Slot template, Span<Slot> slots)
    {
        slots.Fill(template);
        for (var index = 0; index < slots.Length; index++)
        {
            // An index beyond the words, which only damage makes, reads the last one.
            var word = _words[Math.Min(_integers[index], _wordCount - 1)];
            Unsafe.WriteUnaligned((byte*)Unsafe.AsPointer(ref slots[index]) + KindsOffset, word);
        }
    }

    private void Scatter(byte* field, int count, bool isWide)
    {
        if (isWide)
        {
            for (var index = 0; index < count; index++)
            {
                Unsafe.WriteUnaligned(field + (index * Slot.SizeBytes), _values[index]);
            }
        }
        else
        {
            for (var index = 0; index < count; index++)
            {
                Unsafe.WriteUnaligned(field + (index * Slot.SizeBytes), (int)_values[index]);
            }
        }
    }

    private bool TryReadValues(byte* at, byte* end, Slot* slots, int count)
    {
        var numbers = 0;
        for (var index = 0; index < count; index++)
        {
            numbers += slots[index].ValueKind == ValueKind.Number ? 1 : 0;
        }

        if (numbers > 0)
        {
            if (!NumberColumn.TryMeasure(at, end, numbers, out var bytes))
            {
                return false;
            }

            NumberColumn.Read(at, numbers, _values);
            at += bytes;
        }

        if (numbers < count)
        {
            if (!IntegerColumn.TryMeasure(at, end, count - numbers, out var bytes))
            {
                return false;
            }

            IntegerColumn.Read(at, count - numbers, _words);
            at += bytes;
        }

        ScatterValues(slots, count);
        return at == end;
    }

    private void ScatterValues(Slot* slots, int count)
    {
        var number = _values;
        var other = _words;
        for (var index = 0; index < count; index++)
        {
            slots[index].ValueBits = slots[index].ValueKind == ValueKind.Number ? *number++ : *other++;
        }
    }
}
