using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace HotPath.Engine.Decode;

/// <summary>A literal of <see cref="JsonShape"/>, as it is compared, and the value behind it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct JsonStep
{
    public Vector512<byte> Literal;
    public Vector512<byte> Mask;
    public int Bytes;

    /// <summary>Quotes in the literal.</summary>
    public int Quotes;

    /// <summary>From the literal's begin to its first quote; below zero: it begins where the step before ended.</summary>
    public int ToQuoteBytes;

    /// <summary>As above, of its first closing brace.</summary>
    public int ToBraceBytes;

    /// <summary>Quotes of the value; below zero: they are to be counted.</summary>
    public int ValueQuotes;

    /// <summary>Whose value follows.</summary>
    public int Span;

    /// <summary>Whether the literal stands here.</summary>
    // Safe because the caller asked whether 64 bytes may be loaded. Worth it: Decode/Json.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly unsafe bool Is(byte* at) => ((Vector512.Load(at) ^ Literal) & Mask) == Vector512<byte>.Zero;
}
