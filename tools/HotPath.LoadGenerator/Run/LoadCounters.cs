namespace HotPath.LoadGenerator.Run;

/// <summary>
/// What one feed has done. Written by its thread; read by the thread that shows progress, for which a value that is a
/// moment old is good enough.
/// </summary>
internal sealed class LoadCounters
{
    /// <summary>Readings made, duplicates and withheld ones too.</summary>
    public long Offered;

    /// <summary>Of these, readings that say again what another said.</summary>
    public long Duplicates;

    /// <summary>Of these, readings in datagrams that were numbered but not sent (--loss).</summary>
    public long Withheld;

    /// <summary>Of the duplicates, those that were withheld, or went out alone because the first had been.</summary>
    public long DuplicatesVoid;

    /// <summary>Datagrams that went out, each counted once; heartbeats are not among them.</summary>
    public long Datagrams;

    public long DatagramsWithheld;

    /// <summary>Datagrams that went out once more (--repeat), and their readings.</summary>
    public long DatagramsRepeated;

    public long Repeated;

    /// <summary>Datagrams that went out behind later ones (--reorder).</summary>
    public long DatagramsReordered;

    /// <summary>The most event time by which such a datagram came behind what was sent before it, milliseconds.</summary>
    public long ReorderedMillisMax;

    public long Heartbeats;

    /// <summary>Datagrams that the system refused: nobody listened, or no memory.</summary>
    public long DatagramsRefused;

    /// <summary>Datagrams that the receiver's report never confirmed.</summary>
    public long DatagramsUnconfirmed;

    public long Calls;

    public long Records;

    /// <summary>Records and readings that the endpoint acknowledged, each counted once.</summary>
    public long RecordsAcknowledged;

    public long ReadingsAcknowledged;

    /// <summary>Calls sent again: throttled, failed, or not answered.</summary>
    public long CallsResent;

    /// <summary>Of these, calls that broke off without an answer: the endpoint may hold their records twice.</summary>
    public long CallsUnanswered;

    /// <summary>Records that the endpoint refused one by one, and that were sent again.</summary>
    public long RecordsResent;

    /// <summary>
    /// Time in which a feed had nothing to do, Stopwatch ticks: its readings were not due yet. None over a run says that
    /// the generator, not the receiver, was the limit.
    /// </summary>
    public long PaceWaitTicks;

    /// <summary>Time in which a feed waited for the receiver: for the window's report, or for an answer.</summary>
    public long ReceiverWaitTicks;

    /// <summary>Bytes handed to the system: of datagrams their payload, of calls head and body, all that went out again too.</summary>
    public long Bytes;

    /// <summary>CPU of the feed's thread, user and kernel, known when it has ended; 0 where the system does not say.</summary>
    public long CpuNanos;

    /// <summary>Event time of the newest scan made, milliseconds.</summary>
    public long EventMillis;

    /// <summary>Readings that went out: what was made, less what was withheld.</summary>
    public long Sent => Offered - Withheld;

    /// <summary>Different readings that went out: rows that the table of readings must hold.</summary>
    public long Rows => Sent - (Duplicates - DuplicatesVoid);

    public void Add(LoadCounters other)
    {
        Offered += other.Offered;
        Duplicates += other.Duplicates;
        Withheld += other.Withheld;
        DuplicatesVoid += other.DuplicatesVoid;
        Datagrams += other.Datagrams;
        DatagramsWithheld += other.DatagramsWithheld;
        DatagramsRepeated += other.DatagramsRepeated;
        Repeated += other.Repeated;
        DatagramsReordered += other.DatagramsReordered;
        ReorderedMillisMax = Math.Max(ReorderedMillisMax, other.ReorderedMillisMax);
        Heartbeats += other.Heartbeats;
        DatagramsRefused += other.DatagramsRefused;
        DatagramsUnconfirmed += other.DatagramsUnconfirmed;
        Calls += other.Calls;
        Records += other.Records;
        RecordsAcknowledged += other.RecordsAcknowledged;
        ReadingsAcknowledged += other.ReadingsAcknowledged;
        CallsResent += other.CallsResent;
        CallsUnanswered += other.CallsUnanswered;
        RecordsResent += other.RecordsResent;
        PaceWaitTicks += other.PaceWaitTicks;
        ReceiverWaitTicks += other.ReceiverWaitTicks;
        Bytes += other.Bytes;
        CpuNanos += other.CpuNanos;
        EventMillis = Math.Max(EventMillis, other.EventMillis);
    }
}
