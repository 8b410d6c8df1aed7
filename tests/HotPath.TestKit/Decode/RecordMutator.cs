using System.Text;

namespace HotPath.TestKit.Decode;

/// <summary>
/// Changes records by what breaks decoders: bytes with a meaning, lengths, digits, pieces moved, doubled or taken from
/// another record. Fast, since hundreds of millions are wanted; all from one seed. For one thread.
/// </summary>
internal sealed class RecordMutator(ulong seed)
{
    public const int BytesMax = 3500;
    private const int PieceBytesMax = 64;

    // What JSON, MessagePack, line protocol and frames give a meaning to; and what begins or breaks UTF-8.
    private static readonly byte[] Meaningful =
    [
        .. "\"\\{}[]:,.-+eE0159 \n\t\r/utfn=#ihHPU1"u8, 0x00, 0x01, 0x1F, 0x7F, 0x80, 0x81, 0x8F, 0x90, 0x91, 0x9F, 0xA0, 0xA1, 0xBF,
        0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xC7, 0xCA, 0xCB, 0xCC, 0xCF, 0xD0, 0xD3, 0xD4, 0xD6, 0xD9, 0xDA, 0xDC, 0xDD, 0xDE, 0xDF, 0xE0,
        0xED, 0xEF, 0xF0, 0xF4, 0xF5, 0xFF,
    ];

    private static readonly byte[][] Words =
    [
        .. new[]
        {
            "null", "true", "false", "1e308", "1e309", "-0", "0.1", "1.", "01", "9007199254740993", "0.30000000000000004", "74.93588199999998",
            "18446744073709551616", "-9223372036854775808", "1e-400", "123456789012345678901234567890", "\"\\u0041\"", "\"\\ud800\"", "\"\\\"\"",
            "\\n", "\"tag\":", "\"value\":1", "\"meta\":{", "\"machine_id\":\"m\",", "\"readings\":[", "\"status\":\"x\",", ",\"x\":[1]", "  ", "}", "]",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    private ulong _state = seed | 1;

    public int Next(int below)
    {
        // Xorshift, multiplied: Vigna, 2014.
        _state ^= _state >> 12;
        _state ^= _state << 25;
        _state ^= _state >> 27;
        return (int)(((_state * 0x2545_F491_4F6C_DD1DUL) >> 32) * (ulong)below >> 32);
    }

    /// <summary>One to four changes. Returns how many bytes stand in the target then.</summary>
    /// <param name="to">At least <see cref="BytesMax"/> long.</param>
    public int Mutate(ReadOnlySpan<byte> record, ReadOnlySpan<byte> other, Span<byte> to)
    {
        var bytes = int.Min(record.Length, BytesMax - PieceBytesMax);
        record[..bytes].CopyTo(to);
        for (var left = 1 + (Next(4) * Next(2)); left > 0; left--)
        {
            bytes = MutateOnce(to, bytes, other);
        }

        return bytes;
    }

    private int MutateOnce(Span<byte> to, int bytes, ReadOnlySpan<byte> other)
    {
        if (bytes == 0)
        {
            return Insert(to, 0, 0, Words[Next(Words.Length)]);
        }

        var at = Next(bytes);
        switch (Next(10))
        {
            case 0:
                to[at] = (byte)Next(256);
                return bytes;
            case 1:
                to[at] ^= (byte)(1 << Next(8));
                return bytes;
            case 2 or 3:
                to[at] = Meaningful[Next(Meaningful.Length)];
                return bytes;
            case 4:
                to[at] += (byte)(Next(2) == 0 ? 1 : 255);
                return bytes;
            case 5:
                return Insert(to, bytes, at, [Meaningful[Next(Meaningful.Length)]]);
            case 6:
                return Insert(to, bytes, at, Words[Next(Words.Length)]);
            case 7:
                return Next(4) == 0 ? at : Remove(to, bytes, at, 1 + Next(PieceBytesMax));
            case 8:
                var piece = 1 + Next(int.Min(PieceBytesMax, bytes - at));
                Span<byte> copy = stackalloc byte[PieceBytesMax];
                to.Slice(at, piece).CopyTo(copy);
                return Insert(to, bytes, Next(bytes), copy[..piece]);
            default:
                return other.IsEmpty ? bytes : InsertFrom(other, to, bytes, at);
        }
    }

    private int InsertFrom(ReadOnlySpan<byte> other, Span<byte> to, int bytes, int at)
    {
        var from = Next(other.Length);
        return Insert(to, bytes, at, other.Slice(from, 1 + Next(int.Min(PieceBytesMax, other.Length - from))));
    }

    private static int Insert(Span<byte> to, int bytes, int at, ReadOnlySpan<byte> piece)
    {
        if (bytes + piece.Length > BytesMax)
        {
            return bytes;
        }

        to[at..bytes].CopyTo(to[(at + piece.Length)..]);
        piece.CopyTo(to[at..]);
        return bytes + piece.Length;
    }

    private static int Remove(Span<byte> to, int bytes, int at, int count)
    {
        count = int.Min(count, bytes - at);
        to[(at + count)..bytes].CopyTo(to[at..]);
        return bytes - count;
    }
}
