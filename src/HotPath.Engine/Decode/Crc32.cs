using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace HotPath.Engine.Decode;

/// <summary>
/// CRC-32 of gzip (IEEE 802.3, reflected): 64 bytes a step by carry-less multiplication where the processor has it, else eight
/// by eight tables. Stateless; any thread may call it.
/// </summary>
/// <remarks>
/// Folding as in Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction" (Intel, 2009): what
/// stands so many bits ahead of the end counts as its product with x to that power, modulo the polynomial.
/// </remarks>
internal static class Crc32
{
    private const uint Polynomial = 0xEDB8_8320;
    private const int Lanes = 8;

    private static readonly uint[] Tables = MakeTables();

    private const int FoldBytes = 64;
    private const int VectorBytes = 16;

    // x to the powers 512 + 64 and 512; 128 + 64 and 128; 64; all reflected, less 32. The polynomial and its inverse.
    private static readonly Vector128<ulong> ByFour = Vector128.Create(0x1_5444_2BD4UL, 0x1_C6E4_1596UL);
    private static readonly Vector128<ulong> ByOne = Vector128.Create(0x1_7519_97D0UL, 0x0_CCAA_009EUL);
    private static readonly Vector128<ulong> ByHalf = Vector128.Create(0x1_63CD_6124UL, 0UL);
    private static readonly Vector128<ulong> Barrett = Vector128.Create(0x1_DB71_0641UL, 0x1_F701_1641UL);
    private static readonly Vector128<ulong> LowWords = Vector128.Create(0xFFFF_FFFFUL, 0xFFFF_FFFFUL);

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        if (Pclmulqdq.IsSupported && bytes.Length >= FoldBytes)
        {
            var folded = bytes.Length & ~(VectorBytes - 1);
            crc = Fold(MemoryMarshal.Cast<byte, Vector128<ulong>>(bytes[..folded]), crc);
            bytes = bytes[folded..];
        }

        return ~ByTables(bytes, crc);
    }

    /// <summary>For tests that compare the two ways.</summary>
    internal static uint OfByTables(ReadOnlySpan<byte> bytes) => ~ByTables(bytes, uint.MaxValue);

    /// <summary>At least four vectors.</summary>
    private static uint Fold(ReadOnlySpan<Vector128<ulong>> vectors, uint crc)
    {
        var one = vectors[0] ^ Vector128.CreateScalar((ulong)crc);
        var (two, three, four) = (vectors[1], vectors[2], vectors[3]);
        vectors = vectors[4..];
        for (; vectors.Length >= 4; vectors = vectors[4..])
        {
            one = Ahead(one, ByFour) ^ vectors[0];
            two = Ahead(two, ByFour) ^ vectors[1];
            three = Ahead(three, ByFour) ^ vectors[2];
            four = Ahead(four, ByFour) ^ vectors[3];
        }

        one = Ahead(one, ByOne) ^ two;
        one = Ahead(one, ByOne) ^ three;
        one = Ahead(one, ByOne) ^ four;
        foreach (var vector in vectors)
        {
            one = Ahead(one, ByOne) ^ vector;
        }

        // 128 bits to 64, to 32 by the inverse.
        one = Sse2.ShiftRightLogical128BitLane(one, 8) ^ Pclmulqdq.CarrylessMultiply(one, ByOne, 0x10);
        one = Sse2.ShiftRightLogical128BitLane(one, 4) ^ Pclmulqdq.CarrylessMultiply(one & LowWords, ByHalf, 0x00);
        var quotient = Pclmulqdq.CarrylessMultiply(one & LowWords, Barrett, 0x10) & LowWords;
        return (one ^ Pclmulqdq.CarrylessMultiply(quotient, Barrett, 0x00)).AsUInt32().GetElement(1);
    }

    private static Vector128<ulong> Ahead(Vector128<ulong> value, Vector128<ulong> powers) =>
        Pclmulqdq.CarrylessMultiply(value, powers, 0x00) ^ Pclmulqdq.CarrylessMultiply(value, powers, 0x11);

    private static uint ByTables(ReadOnlySpan<byte> bytes, uint crc)
    {
        var tables = Tables;
        foreach (var eight in MemoryMarshal.Cast<byte, ulong>(bytes))
        {
            var mixed = eight ^ crc;
            crc = 0;
            for (var lane = 0; lane < Lanes; lane++)
            {
                crc ^= tables[((Lanes - 1 - lane) * 256) + (int)(byte)(mixed >> (8 * lane))];
            }
        }

        foreach (var value in bytes[(bytes.Length & ~(Lanes - 1))..])
        {
            crc = tables[(byte)crc ^ value] ^ (crc >> 8);
        }

        return crc;
    }

    private static uint[] MakeTables()
    {
        var tables = new uint[Lanes * 256];
        for (uint value = 0; value < 256; value++)
        {
            var crc = value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * Polynomial);
            }

            tables[value] = crc;
        }

        for (var index = 256; index < tables.Length; index++)
        {
            var before = tables[index - 256];
            tables[index] = tables[(byte)before] ^ (before >> 8);
        }

        return tables;
    }
}
