namespace HotPath.Engine.Decode;

/// <summary>
/// What the symbols of DEFLATE's codes mean (RFC 1951, 3.2.5), as entries of a <see cref="HuffmanTable"/>.
/// </summary>
/// <remarks>
/// <code>
/// literal   = LiteralFlag | byte (8-15)
/// end       = EndFlag
/// length    = base (16-24) | extra bits (8-11)
/// distance  = DistanceFlag | base less one (13-27) | extra bits (8-11)
/// other     = symbol (8-15)                                      of the code of code lengths
/// </code>
/// </remarks>
internal static class DeflateCodes
{
    public const int LiteralCodesMax = 288;
    public const int DistanceCodesMax = 30;
    public const int EndOfBlock = 256;

    public const uint LiteralFlag = 1u << 31;
    public const uint EndFlag = 1u << 30;
    public const uint DistanceFlag = 1u << 30;
    public const int ValueShift = 8;
    public const int LengthShift = 16;
    public const int DistanceShift = 13;

    /// <summary>A symbol that has a code and may not occur.</summary>
    public const uint NoSymbol = 0;

    private static readonly ushort[] LengthBase =
        [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];

    private static readonly byte[] LengthExtraBits =
        [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];

    public static uint[] Literals { get; } =
    [
        .. Enumerable.Range(0, EndOfBlock).Select(static value => LiteralFlag | ((uint)value << ValueShift)),
        EndFlag,
        .. LengthBase.Select(static (length, code) => ((uint)length << LengthShift) | ((uint)LengthExtraBits[code] << ValueShift)),
        NoSymbol, NoSymbol,
    ];

    // Bases rise by powers of two, two codes for each; those of 30 and 31 may not occur.
    public static uint[] Distances { get; } =
    [
        .. Enumerable.Range(0, DistanceCodesMax).Select(static code =>
        {
            var extra = Math.Max(0, (code / 2) - 1);
            var least = code < 2 ? code : (2 + (code & 1)) << extra;
            return ((uint)least << DistanceShift) | ((uint)extra << ValueShift) | DistanceFlag;
        }),
        NoSymbol, NoSymbol,
    ];

    public static uint[] CodeLengths { get; } = [.. Enumerable.Range(0, 19).Select(static symbol => (uint)symbol << ValueShift)];
}
