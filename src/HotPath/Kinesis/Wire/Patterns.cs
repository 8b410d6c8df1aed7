using System.Buffers;

namespace HotPath.Kinesis.Wire;

/// <summary>The regular expressions of the API, as code: what they allow is a few characters.</summary>
internal static class Patterns
{
    public const string StreamName = "[a-zA-Z0-9_.-]+";
    public const string HashKey = @"0|([1-9]\d{0,38})";
    public const string SequenceNumber = @"0|([1-9]\d{0,128})";
    public const string StreamArn = @"arn:aws.*:kinesis:.*:\d{12}:stream/\S+";

    private static readonly SearchValues<char> NameChars =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");

    public static bool IsStreamName(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExcept(NameChars);

    public static bool IsHashKey(ReadOnlySpan<char> text) => IsDecimal(text, 39);

    public static bool IsSequenceNumber(ReadOnlySpan<char> text) => IsDecimal(text, 129);

    public static bool IsStreamArn(ReadOnlySpan<char> text)
    {
        Span<Range> parts = stackalloc Range[7];
        return text.Split(parts, ':') == 6
            && text[parts[0]].SequenceEqual("arn")
            && text[parts[1]].StartsWith("aws", StringComparison.Ordinal)
            && text[parts[2]].SequenceEqual("kinesis")
            && text[parts[4]].Length == 12
            && !text[parts[4]].ContainsAnyExceptInRange('0', '9')
            && text[parts[5]].StartsWith("stream/", StringComparison.Ordinal)
            && text[parts[5]].Length > "stream/".Length;
    }

    /// <summary>No sign, no leading zero, no more digits than given.</summary>
    private static bool IsDecimal(ReadOnlySpan<char> text, int digitsMax) =>
        text.Length >= 1
        && text.Length <= digitsMax
        && !text.ContainsAnyExceptInRange('0', '9')
        && (text[0] != '0' || text.Length == 1);
}
