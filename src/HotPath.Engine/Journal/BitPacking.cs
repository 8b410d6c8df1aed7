using System.Numerics;
using System.Runtime.CompilerServices;

namespace HotPath.Engine.Journal;

/// <summary>
/// Unsigned numbers of up to 64 bits in as few bits as the largest needs, rounded up to a width that unpacks by plain
/// loads. Little-endian, first number in the lowest bits. Stateless; any thread may call it. Callers see to the room:
/// <see cref="PackedBytes"/>.
/// </summary>
internal static unsafe class BitPacking
{
    /// <summary>Packing may write, and unpacking read, so many bytes beyond the end.</summary>
    public const int SlackBytes = 8;

    /// <summary>The smallest of 0, 1, 2, 4, 8, 16, 24, 32, 48 and 64 bits that holds the value.</summary>
    public static int WidthOf(ulong valueMax)
    {
        var bits = 64 - BitOperations.LeadingZeroCount(valueMax);
        return bits switch
        {
            <= 2 => bits,
            <= 4 => 4,
            <= 8 => 8,
            <= 16 => 16,
            <= 24 => 24,
            <= 32 => 32,
            <= 48 => 48,
            _ => 64,
        };
    }

    public static bool IsWidth(int width) => width is 0 or 1 or 2 or 4 or 8 or 16 or 24 or 32 or 48 or 64;

    public static int PackedBytes(int count, int width) => (int)((((long)count * width) + 7) / 8);

    // Safe because the caller gives room for PackedBytes and the slack. Worth it: JournalBench.
    public static void Pack(ulong* values, int count, int width, byte* into)
    {
        switch (width)
        {
            case 0:
                break;
            case 1 or 2 or 4:
                PackBelowByte(values, count, width, into);
                break;
            case 8:
                for (var index = 0; index < count; index++)
                {
                    into[index] = (byte)values[index];
                }

                break;
            case 16:
                for (var index = 0; index < count; index++)
                {
                    Unsafe.WriteUnaligned(into + (index * 2), (ushort)values[index]);
                }

                break;
            case 24:
                // Each store leaves a byte of zeros that the next one overwrites.
                for (var index = 0; index < count; index++)
                {
                    Unsafe.WriteUnaligned(into + (index * 3), (uint)values[index]);
                }

                break;
            case 32:
                for (var index = 0; index < count; index++)
                {
                    Unsafe.WriteUnaligned(into + (index * 4), (uint)values[index]);
                }

                break;
            case 48:
                for (var index = 0; index < count; index++)
                {
                    Unsafe.WriteUnaligned(into + (index * 6), values[index]);
                }

                break;
            default:
                Unsafe.CopyBlockUnaligned(into, values, (uint)count * sizeof(ulong));
                break;
        }
    }

    /// <summary>Unpacks, shifts left, adds the base: <c>into[i] = first + (packed[i] &lt;&lt; shift)</c>.</summary>
    // Safe because the caller has checked PackedBytes and keeps the slack. Worth it: JournalBench.
    public static void Unpack(byte* packed, int count, int width, int shift, long first, long* into)
    {
        switch (width)
        {
            case 0:
                new Span<long>(into, count).Fill(first);
                break;
            case 1 or 2 or 4:
                UnpackBelowByte(packed, count, width, shift, first, into);
                break;
            case 8:
                for (var index = 0; index < count; index++)
                {
                    into[index] = first + ((long)packed[index] << shift);
                }

                break;
            case 16:
                for (var index = 0; index < count; index++)
                {
                    into[index] = first + ((long)Unsafe.ReadUnaligned<ushort>(packed + (index * 2)) << shift);
                }

                break;
            case 24:
                for (var index = 0; index < count; index++)
                {
                    into[index] = first + ((long)(Unsafe.ReadUnaligned<uint>(packed + (index * 3)) & 0xFF_FFFF) << shift);
                }

                break;
            case 32:
                for (var index = 0; index < count; index++)
                {
                    into[index] = first + ((long)Unsafe.ReadUnaligned<uint>(packed + (index * 4)) << shift);
                }

                break;
            case 48:
                for (var index = 0; index < count; index++)
                {
                    into[index] = first + ((Unsafe.ReadUnaligned<long>(packed + (index * 6)) & 0xFFFF_FFFF_FFFF) << shift);
                }

                break;
            default:
                for (var index = 0; index < count; index++)
                {
                    into[index] = first + (Unsafe.ReadUnaligned<long>(packed + (index * 8)) << shift);
                }

                break;
        }
    }

    private static void PackBelowByte(ulong* values, int count, int width, byte* into)
    {
        var perByte = 8 / width;
        for (var index = 0; index < count;)
        {
            var packed = 0u;
            for (var bit = 0; bit < 8 && index < count; bit += width, index++)
            {
                packed |= (uint)values[index] << bit;
            }

            into[(index - 1) / perByte] = (byte)packed;
        }
    }

    private static void UnpackBelowByte(byte* packed, int count, int width, int shift, long first, long* into)
    {
        var mask = (1u << width) - 1;
        for (var index = 0; index < count;)
        {
            var bits = (uint)packed[index * width / 8];
            for (var bit = 0; bit < 8 && index < count; bit += width, index++)
            {
                into[index] = first + ((long)((bits >> bit) & mask) << shift);
            }
        }
    }
}
