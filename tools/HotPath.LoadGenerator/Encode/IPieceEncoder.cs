using HotPath.LoadGenerator.Plan;

namespace HotPath.LoadGenerator.Encode;

/// <summary>
/// Writes a scan in pieces: the least that stands for itself, so that datagrams and records can be filled with them.
/// Owned by the thread of one feed; allocates nothing.
/// </summary>
internal interface IPieceEncoder
{
    int PiecesPerScan { get; }

    /// <summary>No piece is longer.</summary>
    int PieceBytesMax { get; }

    int ReadingsIn(int piece);

    /// <summary>Returns the bytes written; the destination holds at least <see cref="PieceBytesMax"/>.</summary>
    int Encode(in Scan scan, int piece, Span<byte> destination);
}
