using HotPath.Engine;
using HotPath.Engine.Agents;
using HotPath.Engine.Journal;
using HotPath.Engine.Native;

namespace HotPath.Kinesis.Raw;

/// <summary>
/// The records of `ingest` streams as they came, kept beside the journal to be read again. Calls append in the order of
/// their LSNs, under <see cref="Order"/>; one thread writes and syncs what has gathered, as one; any thread reads. When
/// what gathers has no room the call is refused before it is published. When the disk fails, everything is refused from
/// then on: nothing is acknowledged that could not be read again.
/// </summary>
internal sealed class RawLog : IDisposable
{
    /// <summary>How often the age of records is looked at.</summary>
    private const int RetireIntervalMs = 1_000;

    private readonly RawLogOptions _options;
    private readonly IDisk _disk;
    private readonly Guid _instance;
    private readonly IClock _clock;
    private readonly Func<long> _journalDurableLsn;
    private readonly Action<Exception> _onFault;
    private readonly RawSegments _segments;
    private readonly DurableSignal _written;
    private readonly AutoResetEvent _gathered = new(false);
    private readonly int _gatherBytesMax;
    private byte[] _gathering = [];
    private byte[] _writing = [];
    private int _gatheringBytes;
    private long _lsnGathering = long.MaxValue;
    private long _lsnWriting = long.MaxValue;
    private Thread? _thread;
    private volatile bool _isClosed;

    /// <param name="options">How long records are kept, and where.</param>
    /// <param name="callBytesMax">The largest frame that there can be.</param>
    /// <param name="journal">Whose records they are.</param>
    /// <param name="clock">Dates nothing; tells what is too old.</param>
    /// <param name="onFault">Hears of the disk's refusal.</param>
    /// <exception cref="DiskFaultException">The files of an earlier run cannot be read.</exception>
    public RawLog(RawLogOptions options, int callBytesMax, RawJournal journal, IClock clock, Action<Exception> onFault)
    {
        _options = options;
        _disk = journal.OpenDisk(options.Directory);
        _instance = journal.Instance;
        _journalDurableLsn = journal.DurableLsn;
        _clock = clock;
        _onFault = onFault;
        _gatherBytesMax = 2 * callBytesMax;
        _segments = new RawSegments(_disk, options);
        _segments.Open(_instance, journal.LsnLastRecovered);
        _written = new DurableSignal(journal.LsnLastRecovered);
        Written = new DurableGate(_written);
    }

    /// <summary>Held while a call is published and appended, and while shards are closed: neither comes between.</summary>
    public Lock Order { get; } = new();

    /// <summary>Where answers wait until their records can be read again.</summary>
    public DurableGate Written { get; }

    public RawSegments Segments => _segments;

    /// <summary>Why nothing is taken any more, or null.</summary>
    public string? Problem { get; private set; }

    /// <summary>Everything up to here can be read: it is in the journal, and no record of it is still to be written.</summary>
    public long ReadableLsn
    {
        get
        {
            // The journal first: what it has was published, and thus appended when the lock is free.
            var journalLsn = _journalDurableLsn();
            lock (Order)
            {
                return Math.Min(journalLsn, Math.Min(_lsnGathering, _lsnWriting) - 1);
            }
        }
    }

    /// <summary>Starts the thread that writes.</summary>
    public void Start()
    {
        Written.Start();
        _thread = new Thread(Run) { IsBackground = true, Name = "kinesis-raw" };
        _thread.Start();
    }

    /// <summary>Whether a frame of so many bytes may be appended now. Called under <see cref="Order"/>.</summary>
    public bool HasRoom(int bytes) => !_isClosed && _gatheringBytes + bytes <= _gatherBytesMax;

    public bool IsClosed => _isClosed;

    /// <summary>Appends what <see cref="HasRoom"/> had room for. Called under <see cref="Order"/>.</summary>
    public void Append(RawFrameBuilder frame, long lsnFirst)
    {
        Invariant.Holds(_gatheringBytes + frame.Bytes <= _gatherBytesMax);

        if (_gathering.Length < _gatheringBytes + frame.Bytes)
        {
            Array.Resize(ref _gathering, Math.Min(_gatherBytesMax, Math.Max(_gathering.Length * 2, _gatheringBytes + frame.Bytes)));
        }

        frame.CopyTo(_gathering.AsSpan(_gatheringBytes, frame.Bytes), lsnFirst);
        _gatheringBytes += frame.Bytes;
        _lsnGathering = Math.Min(_lsnGathering, lsnFirst);
        _gathered.Set();
    }

    /// <summary>Writes what has gathered, and gives up what is too old. Called by the log's thread, or by a test's hand.</summary>
    public void DoWork()
    {
        int bytes;
        long lsnLast;
        lock (Order)
        {
            (_gathering, _writing) = (_writing, _gathering);
            (bytes, _gatheringBytes) = (_gatheringBytes, 0);
            (_lsnWriting, _lsnGathering) = (_lsnGathering, long.MaxValue);
        }

        if (bytes > 0)
        {
            lsnLast = _segments.Append(_writing.AsSpan(0, bytes), _instance, _clock.NowMicros);
            lock (Order)
            {
                _lsnWriting = long.MaxValue;
            }

            _written.Publish(lsnLast);
        }

        _segments.GiveUpOld(_clock.NowMicros);
    }

    /// <summary>Writes what has gathered and takes no more.</summary>
    public void Dispose()
    {
        Close();
        _thread?.Join();
        Written.Dispose();
        _written.Dispose();
        _segments.Dispose();
        _gathered.Dispose();
    }

    private void Close()
    {
        _isClosed = true;
        _gathered.Set();
    }

    private void Run()
    {
        try
        {
            while (!_isClosed)
            {
                _gathered.WaitOne(RetireIntervalMs);
                DoWork();
            }

            DoWork();
        }
        catch (DiskFaultException fault)
        {
            Problem = fault.Message;
            _isClosed = true;
            _onFault(fault);
            Written.Close();
        }
    }
}

/// <summary>What the log needs to know of the journal that it stands beside.</summary>
/// <param name="Instance">Files of another one are removed: their LSNs mean nothing here.</param>
/// <param name="LsnLastRecovered">What was beyond it at start was never acknowledged, and its LSNs are given anew.</param>
/// <param name="DurableLsn">A volatile read.</param>
/// <param name="OpenDisk">The directory of the files.</param>
internal sealed record RawJournal(Guid Instance, long LsnLastRecovered, Func<long> DurableLsn, Func<string, IDisk> OpenDisk);
