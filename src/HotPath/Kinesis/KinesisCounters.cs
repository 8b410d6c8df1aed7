namespace HotPath.Kinesis;

/// <summary>
/// What the endpoint counted since start. Written by request threads once per call, read by any thread.
/// </summary>
internal sealed class KinesisCounters
{
    private static readonly int OutcomeCount = Enum.GetValues<CallOutcome>().Length;

    private readonly long[] _calls = new long[Enum.GetValues<KinesisOperation>().Length * OutcomeCount];
    private long _records;
    private long _readingsAccepted;
    private long _readingsRejected;
    private long _recordsThrottled;
    private long _bodyBytes;
    private long _dataBytes;
    private int _callsUnderWay;
    private long _bodyMemoryBytes;

    /// <summary>Records of calls that were published.</summary>
    public long Records => Volatile.Read(ref _records);

    /// <summary>Slots published that are not rejected ones.</summary>
    public long ReadingsAccepted => Volatile.Read(ref _readingsAccepted);

    /// <summary>Slots published as rejected: records and readings that could not be decoded.</summary>
    public long ReadingsRejected => Volatile.Read(ref _readingsRejected);

    /// <summary>Records of calls that found the ring full: nothing of them was taken.</summary>
    public long RecordsThrottled => Volatile.Read(ref _recordsThrottled);

    /// <summary>Bytes of request bodies received.</summary>
    public long BodyBytes => Volatile.Read(ref _bodyBytes);

    /// <summary>Bytes of record data published, before base64.</summary>
    public long DataBytes => Volatile.Read(ref _dataBytes);

    /// <summary>Memory that the bodies under way take now.</summary>
    public long BodyMemoryBytes => Volatile.Read(ref _bodyMemoryBytes);

    public int CallsUnderWay => Volatile.Read(ref _callsUnderWay);

    public long Calls(KinesisOperation operation, CallOutcome outcome) =>
        Volatile.Read(ref _calls[IndexOf(operation, outcome)]);

    public void OnCallBegun() => Interlocked.Increment(ref _callsUnderWay);

    public void OnCallEnded(KinesisOperation operation, CallOutcome outcome)
    {
        Interlocked.Decrement(ref _callsUnderWay);
        Interlocked.Increment(ref _calls[IndexOf(operation, outcome)]);
    }

    /// <returns>What all bodies take with it.</returns>
    public long AddBodyMemory(int bytes) => Interlocked.Add(ref _bodyMemoryBytes, bytes);

    public void OnBodyReceived(int bytes) => Interlocked.Add(ref _bodyBytes, bytes);

    public void OnPublished(int records, int slots, int rejectedSlots, long dataBytes)
    {
        Interlocked.Add(ref _records, records);
        Interlocked.Add(ref _readingsAccepted, slots - rejectedSlots);
        Interlocked.Add(ref _readingsRejected, rejectedSlots);
        Interlocked.Add(ref _dataBytes, dataBytes);
    }

    public void OnThrottled(int records) => Interlocked.Add(ref _recordsThrottled, records);

    private static int IndexOf(KinesisOperation operation, CallOutcome outcome) =>
        ((int)operation * OutcomeCount) + (int)outcome;
}
