using System.Buffers;

namespace HotPath.Kinesis.Wire;

/// <summary>The regular expressions of the API, as code: what they allow is a few characters.</summary>
internal static class Patterns
{
    public const string StreamName = "[a-zA-Z0-9_.-]+";
    public const string HashKey = @"0|([1-9]\d{0,38})";
    public const string SequenceNumber = @"0|([1-9]\d{0,128})";
    public const string StreamArn = @"arn:aws.*:kinesis:.*:\d{12}:stream/\S+";

    public const string ConsumerArn = @"^(arn):aws.*:kinesis:.*:\d{12}:.*stream\/[a-zA-Z0-9_.-]+\/consumer\/[a-zA-Z0-9_.-]+:[0-9]+";

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

    /// <summary>A stream's ARN, <c>/consumer/</c>, the consumer's name, a colon, and the seconds of its registration.</summary>
    public static bool IsConsumerArn(ReadOnlySpan<char> text)
    {
        const string Between = "/consumer/";
        var at = text.IndexOf(Between);
        var colon = text.LastIndexOf(':');
        return at > 0
            && colon > at
            && IsStreamArn(text[..at])
            && IsStreamName(text[(at + Between.Length)..colon])
            && colon + 1 < text.Length
            && !text[(colon + 1)..].ContainsAnyExceptInRange('0', '9');
    }

    /// <summary>No sign, no leading zero, no more digits than given.</summary>
    private static bool IsDecimal(ReadOnlySpan<char> text, int digitsMax) =>
        text.Length >= 1
        && text.Length <= digitsMax
        && !text.ContainsAnyExceptInRange('0', '9')
        && (text[0] != '0' || text.Length == 1);
}
