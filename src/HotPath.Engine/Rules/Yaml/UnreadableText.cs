using System.Buffers;

namespace HotPath.Engine.Rules.Yaml;

/// <summary>What no rule document holds, found before anything is parsed: too much, other encodings, control characters.</summary>
internal static class UnreadableText
{
    // A parser may take NUL for the end and leave out what stands behind it.
    private static readonly SearchValues<char> ControlChars = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Append(0x7F).Select(code => (char)code).Where(c => c is not ('\t' or '\n' or '\r'))]);

    public static RuleFault? FaultOf(string text)
    {
        if (text.Length > RuleLimits.DocumentBytesMax)
        {
            return TooLong;
        }

        var at = text.AsSpan().IndexOfAny(ControlChars);
        return at < 0 ? null : Fault(text.AsSpan(0, at), $"a control character (U+{(int)text[at]:X4}) stands here", "remove it");
    }

    public static RuleFault? FaultOf(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > RuleLimits.DocumentBytesMax)
        {
            return TooLong;
        }

        if (utf8 is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
        {
            return new RuleFault(1, 1, "the document is UTF-16", HowToSave);
        }

        var bad = FirstBadByte(utf8);
        return bad < 0 ? null : Fault(
            System.Text.Encoding.UTF8.GetString(utf8[..bad]), $"the byte 0x{utf8[bad]:X2} is not UTF-8", HowToSave);
    }

    private const string HowToSave = "save the file as UTF-8";

    private static RuleFault TooLong => new(
        1, 1, $"the document is longer than {RuleLimits.DocumentBytesMax:N0} bytes", "split it into several files of a directory");

    private static int FirstBadByte(ReadOnlySpan<byte> utf8)
    {
        if (System.Text.Unicode.Utf8.IsValid(utf8))
        {
            return -1;
        }

        var at = 0;
        while (System.Text.Rune.DecodeFromUtf8(utf8[at..], out _, out var bytes) == OperationStatus.Done)
        {
            at += bytes;
        }

        return at;
    }

    private static RuleFault Fault(ReadOnlySpan<char> before, string problem, string cure) => new(
        before.Count('\n') + 1, before.Length - before.LastIndexOf('\n'), problem, cure);
}
