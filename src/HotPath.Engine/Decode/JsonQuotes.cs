using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace HotPath.Engine.Decode;

/// <summary>
/// Where the quotes of the object at hand stand, found 64 bytes at a time, and how far its text is plain: ASCII without
/// escapes and control characters, so that what stands between two quotes is a string as it is meant. Belongs to one
/// decoder and its thread. Looks at no more than a window; what is longer is for the grammar.
/// </summary>
/// <remarks>
/// With the places known beforehand, no value has to wait until the end of the one before it has been found.
/// From <see cref="Text"/> to <see cref="GuardBytes"/> behind <see cref="PlainEnd"/> everything may be loaded.
/// </remarks>
internal sealed unsafe class JsonQuotes : IDisposable
{
    public const int GuardBytes = 128;
    private const int BlockBytes = 64;
    private const int WindowBytesMax = 1024;
    private const nuint PageMask = 4095;

    // A block writes its places 32 at a time, whatever their number; and who reads a string looks at two of them.
    private readonly ushort* _places = (ushort*)NativeMemory.AllocZeroed((WindowBytesMax + (2 * BlockBytes)) * sizeof(ushort));
    private readonly byte* _copy = (byte*)NativeMemory.AlignedAlloc(WindowBytesMax + BlockBytes + GuardBytes, BlockBytes);
    private int _windowBytes = WindowBytesMax;

    /// <summary>The object's opening brace: in the record, or in a copy of it.</summary>
    public byte* Text { get; private set; }

    /// <summary>The first byte that is not plain, or was not looked at.</summary>
    public byte* PlainEnd { get; private set; }

    /// <summary>Distances from <see cref="Text"/>, growing.</summary>
    public ushort* Places => _places;

    public int Count { get; private set; }

    /// <summary>Looks at the object whose brace is here.</summary>
    // Safe because the blocks end less than GuardBytes behind the window, which may be loaded. Worth it: Decode/Json.
    public void Find(byte* at, byte* end)
    {
        var bytes = (int)long.Min(end - at, _windowBytes);
        at = MayLoadBehind(at + bytes, end) ? at : Copied(at, bytes);
        var places = _places;
        var count = 0;
        var block = 0;
        for (; block < bytes; block += BlockBytes)
        {
            var text = Vector512.Load(at + block);
            var quotes = Vector512.Equals(text, Vector512.Create((byte)'"'));

            // As signed bytes, control characters and everything outside ASCII are below the space.
            var special = (Vector512.Equals(text, Vector512.Create((byte)'\\'))
                | Vector512.LessThan(text.AsSByte(), Vector512.Create((sbyte)' ')).AsByte()).ExtractMostSignificantBits();
            count += Append(places + count, quotes, block);
            if (special != 0)
            {
                block += BitOperations.TrailingZeroCount(special);
                break;
            }
        }

        // Behind the last quote stand none of the object before: no string ends there.
        Unsafe.WriteUnaligned(places + count, uint.MaxValue);
        Text = at;
        PlainEnd = at + int.Min(block, bytes);
        Count = count;
    }

    /// <summary>The object was read up to here: the next one is about as long.</summary>
    public void Fit(byte* next) =>
        _windowBytes = int.Min(WindowBytesMax, ((int)(next - Text) + (2 * BlockBytes) - 1) & ~(BlockBytes - 1));

    /// <summary>The object was not plain, or longer than the window.</summary>
    public void Widen() => _windowBytes = WindowBytesMax;

    public void Dispose()
    {
        NativeMemory.Free(_places);
        NativeMemory.AlignedFree(_copy);
    }

    /// <summary>Writes the places of the lanes that are set, and says how many.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Append(ushort* to, Vector512<byte> quotes, int block)
    {
        var bits = quotes.ExtractMostSignificantBits();
        if (!Avx512Vbmi2.IsSupported)
        {
            return AppendOneByOne(to, bits, block);
        }

        var places = Avx512Vbmi2.Compress(Vector512<byte>.Zero, quotes, Vector512<byte>.Indices);
        var (lower, upper) = Vector512.Widen(places);
        (lower + Vector512.Create((ushort)block)).Store(to);
        var count = BitOperations.PopCount(bits);
        if (count > Vector512<ushort>.Count)
        {
            (upper + Vector512.Create((ushort)block)).Store(to + Vector512<ushort>.Count);
        }

        return count;
    }

    internal static int AppendOneByOne(ushort* to, ulong bits, int block)
    {
        var count = BitOperations.PopCount(bits);
        for (; bits != 0; bits &= bits - 1)
        {
            *to++ = (ushort)(block + BitOperations.TrailingZeroCount(bits));
        }

        return count;
    }

    /// <summary>Whether the guard behind the window lies in the record, or in the page of the window's last byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool MayLoadBehind(byte* windowEnd, byte* end) =>
        end - windowEnd >= GuardBytes || (((nuint)windowEnd - 1) & PageMask) < PageMask + 1 - GuardBytes;

    private byte* Copied(byte* at, int bytes)
    {
        Unsafe.CopyBlockUnaligned(_copy, at, (uint)bytes);
        new Span<byte>(_copy + bytes, BlockBytes + GuardBytes).Clear();
        return _copy;
    }
}
