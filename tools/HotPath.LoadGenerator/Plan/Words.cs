using System.Text;

namespace HotPath.LoadGenerator.Plan;

/// <summary>The words of the wire, as the demo rules know them.</summary>
internal static class Words
{
    public static readonly byte[][] Activities = Utf8("RUNNING", "STOPPED", "STARVED", "SETUP", "CLEANING");

    public static readonly byte[][] Faults = Utf8("E000", "E101", "E102", "E201", "E301", "E900");

    public static readonly byte[][] Products = Utf8("330ml", "500ml", "750ml");

    /// <summary>No fault.</summary>
    public const byte NoFault = 0;

    /// <summary>A fault that the demo rules know no reason for.</summary>
    public const byte UnknownFault = 5;

    public const int StateBytesMax = 8;
    public const int FaultBytes = 4;
    public const int ProductBytes = 5;

    private static byte[][] Utf8(params string[] words) => Array.ConvertAll(words, Encoding.UTF8.GetBytes);
}
