using System.Buffers;
using System.Buffers.Text;
using System.Runtime.CompilerServices;

namespace HotPath.Kinesis.Wire;

/// <summary>
/// Base64 as the service takes it: padded, without white space, and with zero bits after the last byte. The BCL's decoder
/// is laxer in the last two points, which are checked here.
/// </summary>
internal static class Base64Text
{
    private static readonly SearchValues<byte> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="u8);

    /// <summary>Bytes that so many characters stand for; the text is not looked at but for its padding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int DecodedBytes(ReadOnlySpan<byte> text)
    {
        var bytes = text.Length / 4 * 3;
        if (text.Length >= 4 && text[^1] == '=')
        {
            bytes -= text[^2] == '=' ? 2 : 1;
        }

        return bytes;
    }

    /// <summary>Decodes, or says no. Never allocates.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> text, Span<byte> into, out int written)
    {
        var status = Base64.DecodeFromUtf8(text, into, out var consumed, out written);
        return status == OperationStatus.Done
            && consumed == text.Length
            && text.Length % 4 == 0
            && written == DecodedBytes(text)
            && HasZeroBitsAtEnd(text);
    }

    /// <summary>What is wrong with a text, in the service's words; null when nothing is.</summary>
    public static string? Problem(ReadOnlySpan<byte> text)
    {
        if (text.Length % 4 != 0)
        {
            return $"Base64 encoded length is expected a multiple of 4 bytes but found: {text.Length}";
        }

        for (var at = 0; at < text.Length; at++)
        {
            var isPadInside = text[at] == '=' && at + 1 < text.Length && text[at + 1] != '=';
            if (!Alphabet.Contains(text[at]) || isPadInside)
            {
                return $"Invalid Base64 character: '{(char)text[at]}'";
            }
        }

        return TryDecode(text, new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)], out _)
            ? null
            : "Invalid last non-pad Base64 character dectected";
    }

    private static bool HasZeroBitsAtEnd(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text[^1] != '=')
        {
            return true;
        }

        // One pad: two bytes in 18 bits, 2 to spare. Two pads: one byte in 12 bits, 4 to spare.
        return text[^2] == '=' ? (ValueOf(text[^3]) & 0x0F) == 0 : (ValueOf(text[^2]) & 0x03) == 0;
    }

    private static int ValueOf(byte character) => character switch
    {
        >= (byte)'A' and <= (byte)'Z' => character - 'A',
        >= (byte)'a' and <= (byte)'z' => character - 'a' + 26,
        >= (byte)'0' and <= (byte)'9' => character - '0' + 52,
        (byte)'+' => 62,
        _ => 63,
    };
}
