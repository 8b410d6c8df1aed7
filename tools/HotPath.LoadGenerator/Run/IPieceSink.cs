using HotPath.LoadGenerator.Plan;

namespace HotPath.LoadGenerator.Run;

/// <summary>Where pieces of scans go. Owned by the thread of its feed.</summary>
internal interface IPieceSink : IDisposable
{
    int PiecesPerScan { get; }

    /// <summary>How long a piece may wait for others that go with it.</summary>
    TimeSpan Linger { get; }

    int ReadingsIn(int piece);

    /// <summary>Takes one piece; sends when enough has come together.</summary>
    /// <param name="again">It is the piece before, said once more.</param>
    void Add(in Scan scan, int piece, bool again = false);

    /// <summary>Sends what has come together so far: the next piece is not due yet.</summary>
    void Flush();

    /// <summary>Sends all, and waits as long as is reasonable until it has arrived.</summary>
    void Finish();
}
