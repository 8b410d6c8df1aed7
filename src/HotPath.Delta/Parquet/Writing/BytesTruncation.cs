using System.Text;

namespace HotPath.Delta.Parquet.Writing;

/// <summary>Cuts bounds of strings and binary so that they stay bounds.</summary>
internal static class BytesTruncation
{
    /// <summary>How many bytes of a value to keep as a lower bound: text is cut between characters.</summary>
    public static int Min(ReadOnlySpan<byte> value, bool isText, int bytesMax)
    {
        if (value.Length <= bytesMax)
        {
            return value.Length;
        }

        var length = bytesMax;
        while (isText && length > 0 && IsContinuation(value[length]))
        {
            length--;
        }

        return length;
    }

    /// <summary>
    /// Writes an upper bound of a value that is longer than <paramref name="cut"/>: its prefix, with the last character
    /// that has a successor raised and all after it dropped. Returns its bytes, or 0 when there is no such character.
    /// </summary>
    public static int Max(ReadOnlySpan<byte> value, bool isText, Span<byte> cut)
    {
        var length = Min(value, isText, cut.Length);
        value[..length].CopyTo(cut);
        return isText ? RaiseText(cut[..length], cut) : RaiseBytes(cut[..length]);
    }

    private static int RaiseBytes(Span<byte> prefix)
    {
        for (var last = prefix.Length - 1; last >= 0; last--)
        {
            if (prefix[last] < 0xFF)
            {
                prefix[last]++;
                return last + 1;
            }
        }

        return 0;
    }

    private static int RaiseText(ReadOnlySpan<byte> prefix, Span<byte> cut)
    {
        while (!prefix.IsEmpty)
        {
            if (Rune.DecodeLastFromUtf8(prefix, out var last, out var consumed) != System.Buffers.OperationStatus.Done)
            {
                // Not UTF-8 in a string column: no bound is better than a wrong one.
                return 0;
            }

            prefix = prefix[..^consumed];
            var next = last.Value + 1;
            next = next == 0xD800 ? 0xE000 : next; // surrogates are no characters

            // The successor may need a byte more than fits (U+007F becomes U+0080): then the one before is raised.
            if (Rune.IsValid(next) && prefix.Length + new Rune(next).Utf8SequenceLength <= cut.Length)
            {
                return prefix.Length + new Rune(next).EncodeToUtf8(cut[prefix.Length..]);
            }
        }

        return 0;
    }

    private static bool IsContinuation(byte value) => (value & 0xC0) == 0x80;
}
