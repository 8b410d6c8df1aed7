using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace HotPath.Engine.Decode;

/// <summary>What stands between two values of <see cref="JsonFirstForm"/>, as it is compared: up to 32 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct JsonLiteral
{
    private Vector256<byte> _text;
    private Vector256<byte> _mask;

    public nint Bytes;

    /// <summary>From its begin to its first quote.</summary>
    private nint _toQuoteBytes;

    /// <summary>Takes the bytes of the text from <paramref name="at"/> on. False where they are too many.</summary>
    /// <param name="quote">The number of its first quote in the text; before it stand at least as many bytes, and the brace.</param>
    public bool TrySet(byte* text, int at, int end, int quote)
    {
        // Safe because both places lie in an object that was read. Worth it: once per lesson.
        var literal = new ReadOnlySpan<byte>(text + at, end - at);
        _toQuoteBytes = literal.IndexOf((byte)'"');
        if (literal.Length > Vector256<byte>.Count || _toQuoteBytes < 0 || _toQuoteBytes > quote + 1)
        {
            return false;
        }

        Span<byte> padded = stackalloc byte[Vector256<byte>.Count];
        padded.Clear();
        literal.CopyTo(padded);
        Bytes = literal.Length;
        _text = Vector256.Create<byte>(padded);
        _mask = Vector256.LessThan(Vector256<byte>.Indices, Vector256.Create((byte)Bytes));
        return true;
    }

    /// <summary>Where it begins if its first quote stands here.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly nint At(ushort quotePlace) => quotePlace - _toQuoteBytes;

    /// <summary>What differs from it in the 32 bytes from here.</summary>
    // Safe because the caller asked whether 32 bytes may be loaded. Worth it: Decode/Json.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Vector256<byte> Difference(byte* at) => (Vector256.Load(at) ^ _text) & _mask;
}
