namespace HotPath.Engine.Ingest;

/// <summary>What a datagram is to the ledger.</summary>
internal enum FrameVerdict
{
    First,
    Reordered,

    /// <summary>The same number and the same payload as one in the window: nothing is lost by dropping it.</summary>
    Duplicate,

    /// <summary>A number of the window again, with another payload: a sender that starts over without a new epoch.</summary>
    Conflict,

    /// <summary>Below the window, or of a closed epoch.</summary>
    TooOld,

    /// <summary>A jump that no sender makes.</summary>
    Implausible,

    /// <summary>More senders than are followed.</summary>
    Untracked,
}
