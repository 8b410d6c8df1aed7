using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace HotPath.Delta.Parquet.Encodings;

/// <summary>Writes the RLE / bit-packing hybrid: levels and dictionary indices.</summary>
/// <remarks>
/// <code>
/// run    = varint(count &lt;&lt; 1), value in ceil(width / 8) bytes
///        | varint(groups &lt;&lt; 1 | 1), groups * width bytes: groups of 8 values, the last one padded with 0
/// </code>
/// </remarks>
internal static class HybridEncoder
{
    // A run of 2 groups of 8 costs 2 to 4 bytes and up to 2 for the header that follows it; packed it costs 2 * width.
    private const int RunGroupsMin = 2;

    // One varint of two bytes counts 8,191 groups; longer spans only cost a second header.
    private const int PackedGroupsMax = 8_000;

    public static void Encode(ReadOnlySpan<int> values, int width, GrowingBuffer output)
    {
        // Runs are looked for in whole groups of 8, so that what lies between them is whole groups as well.
        var groups = values.Length >> 3;
        var packedFrom = 0;
        for (var group = 0; group < groups;)
        {
            var run = CountRunGroups(values, group, groups);
            if (run < RunGroupsMin)
            {
                group++;
                continue;
            }

            WritePacked(values[(packedFrom << 3)..(group << 3)], width, output);
            WriteRun(values[group << 3], run << 3, width, output);
            group += run;
            packedFrom = group;
        }

        WritePacked(values[(packedFrom << 3)..], width, output);
    }

    /// <summary>Writes one bit per row. Words of equal bits become runs.</summary>
    public static void EncodeBits(ReadOnlySpan<ulong> words, int rows, GrowingBuffer output)
    {
        var full = rows >> 6;
        var packedFrom = 0;
        var at = 0;
        while (at < full)
        {
            var run = CountRunWords(words, at, full);
            if (run == 0)
            {
                at++;
                continue;
            }

            WritePackedBits(words[packedFrom..at], (at - packedFrom) << 6, output);
            WriteRun((int)(words[at] & 1), run << 6, 1, output);
            at += run;
            packedFrom = at;
        }

        WritePackedBits(words[packedFrom..], rows - (packedFrom << 6), output);
    }

    public static void WriteRun(int value, int count, int width, GrowingBuffer output)
    {
        output.AppendVarint((ulong)count << 1);
        for (var bits = 0; bits < width; bits += 8)
        {
            output.Append((byte)(value >> bits));
        }
    }

    public static int WidthFor(int valueMax) => 32 - BitOperations.LeadingZeroCount((uint)valueMax);

    private static int CountRunGroups(ReadOnlySpan<int> values, int group, int groups)
    {
        var first = Vector256.Create(values[group << 3]);
        var run = 0;
        while (group < groups && Vector256.EqualsAll(Vector256.Create(values.Slice(group << 3, 8)), first))
        {
            run++;
            group++;
        }

        return run;
    }

    private static int CountRunWords(ReadOnlySpan<ulong> words, int at, int full)
    {
        var first = words[at];
        if (first is not (0 or ulong.MaxValue))
        {
            return 0;
        }

        var run = words[at..full].IndexOfAnyExcept(first);
        return run < 0 ? full - at : run;
    }

    private static void WritePacked(ReadOnlySpan<int> values, int width, GrowingBuffer output)
    {
        Span<int> last = stackalloc int[8];
        while (!values.IsEmpty)
        {
            var part = values[..Math.Min(values.Length, PackedGroupsMax << 3)];
            values = values[part.Length..];
            var whole = part.Length >> 3;
            var groups = (part.Length + 7) >> 3;
            output.AppendVarint((ulong)groups << 1 | 1);

            var room = output.Reserve(groups * width + BitPacker.SlackBytes);
            BitPacker.Pack(part[..(whole << 3)], width, room);
            if (whole != groups)
            {
                last.Clear();
                part[(whole << 3)..].CopyTo(last);
                BitPacker.Pack(last, width, room[(whole * width)..]);
            }

            output.Advance(groups * width);
        }
    }

    private static void WritePackedBits(ReadOnlySpan<ulong> words, int rows, GrowingBuffer output)
    {
        if (rows == 0)
        {
            return;
        }

        var groups = (rows + 7) >> 3;
        output.AppendVarint((ulong)groups << 1 | 1);
        var room = output.Reserve((words.Length + 1) << 3);
        MemoryMarshal.AsBytes(words)[..groups].CopyTo(room);
        output.Advance(groups);
    }
}
