using System.Text;

namespace HotPath.Engine.Decode;

/// <summary>A run of UTF-8 in the record, or in the scratch of the decoder that read it; valid until its next object.</summary>
internal readonly unsafe struct Utf8Text(byte* at, int bytes)
{
    public readonly byte* At = at;
    public readonly int Bytes = bytes;

    // Safe because the reader that made it checked the run against the end of the record. Worth it: Decode/Json.
    public ReadOnlySpan<byte> Span => new(At, Bytes);

    /// <summary>Without white space (Unicode's) at both ends.</summary>
    public Utf8Text Trimmed()
    {
        // Most names begin and end with a letter or digit: two compares.
        return Bytes == 0 || (IsPlain(At[0]) && IsPlain(At[Bytes - 1])) ? this : TrimmedWhenNotPlain();
    }

    private static bool IsPlain(byte value) => value is > 0x20 and < 0x80;

    private Utf8Text TrimmedWhenNotPlain()
    {
        var rest = Span;
        while (Rune.DecodeFromUtf8(rest, out var first, out var firstBytes) == System.Buffers.OperationStatus.Done
            && Rune.IsWhiteSpace(first))
        {
            rest = rest[firstBytes..];
        }

        var skipped = Bytes - rest.Length;
        while (Rune.DecodeLastFromUtf8(rest, out var last, out var lastBytes) == System.Buffers.OperationStatus.Done
            && Rune.IsWhiteSpace(last))
        {
            rest = rest[..^lastBytes];
        }

        return new Utf8Text(At + skipped, rest.Length);
    }
}
