using System.Text;
using System.Text.Json;
using HotPath.Engine;
using HotPath.Engine.Decode;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;

namespace HotPath.TestKit.Simulation;

/// <summary>
/// Those who send: some make calls and send them again until they are acknowledged, others send datagrams over a network
/// that loses, doubles and reorders them. They outlive every process. One thread.
/// </summary>
internal sealed class SimulatedSenders(Random random, SimulationReport report)
{
    private const int RecordsPerCallMax = 40;
    private const int OvertakingMax = 6;

    private static readonly byte[] Broken = "{\"equipmentId\":"u8.ToArray();

    private readonly Queue<byte[]> _calls = new();
    private readonly List<byte[]> _datagrams = [];
    private readonly List<byte[]> _call = [];
    private byte[]? _held;
    private PublishedCall? _published;

    /// <summary>By LSN, as text: what was acknowledged.</summary>
    public Dictionary<long, string> Acknowledged { get; } = [];

    public bool IsDone => _calls.Count == 0 && _call.Count == 0 && _datagrams.Count == 0 && _held is null;

    public void Add(IEnumerable<JsonElement> lines)
    {
        foreach (var line in lines.Where(line => !line.TryGetProperty("control", out _)))
        {
            var members = line.EnumerateObject().Where(member => member.Name != "receivedAt").ToDictionary(m => m.Name, m => m.Value);
            var json = random.Next(100) == 0 ? Broken : Encoding.UTF8.GetBytes(JsonSerializer.Serialize(members));
            if (random.Next(2) == 0)
            {
                _calls.Enqueue(json);
            }
            else
            {
                _datagrams.Add(json);
            }
        }
    }

    /// <summary>The process is gone: what was not acknowledged is sent again.</summary>
    public void OnCrash() => _published = null;

    /// <summary>Makes a call, or asks whether the one under way is safe.</summary>
    public void TurnCalls(SimulatedDoor door, long safeLsn)
    {
        if (_published is null)
        {
            MakeCall(door);
        }
        else if (_published.LsnLast <= safeLsn)
        {
            for (var index = 0; index < _published.Texts.Count; index++)
            {
                Acknowledged[_published.LsnFirst + index] = _published.Texts[index];
            }

            report.CallsAcknowledged++;
            _published = null;
            _call.Clear();
        }
    }

    private void MakeCall(SimulatedDoor door)
    {
        if (_call.Count == 0)
        {
            for (var count = 1 + random.Next(RecordsPerCallMax); count > 0 && _calls.TryDequeue(out var record); count--)
            {
                _call.Add(record);
            }
        }

        if (_call.Count > 0)
        {
            _published = door.TryPublish(_call);
        }
    }

    /// <summary>The network does something with one datagram.</summary>
    public void TurnNetwork(SimulatedDoor door)
    {
        if (_held is null && _datagrams.Count > 0)
        {
            var at = random.Next(Math.Min(_datagrams.Count, OvertakingMax));
            _held = _datagrams[at];
            if (random.Next(20) != 0)
            {
                _datagrams.RemoveAt(at);
            }

            if (random.Next(12) == 0)
            {
                report.DatagramsLost++;
                _held = null;
            }
        }

        if (_held is not null && door.TryPublish([_held]) is not null)
        {
            _held = null;
        }
    }
}

/// <summary>A way into one process: decoder, block and inlet, as a listener has them. One thread.</summary>
internal sealed class SimulatedDoor : IDisposable
{
    private readonly HotPathEngine _engine;
    private readonly RecordDecoder _decoder;
    private readonly StagingBlock _block = new(64, 1024);
    private readonly Inlet _inlet;
    private readonly SimulatedClock _clock;
    private readonly ushort _listener;
    private readonly int _source;

    public SimulatedDoor(HotPathEngine engine, SimulatedClock clock, NameQuota quota, string name, double ringShare)
    {
        _engine = engine;
        _decoder = new RecordDecoder(engine.Names, quota);
        _inlet = engine.NewInlet(ringShare);
        _clock = clock;
        var utf8 = Encoding.UTF8.GetBytes(name);
        engine.Names.Listeners.TryIntern(utf8, clock.NowMicros, out var listener);
        engine.Names.Sources.TryIntern(utf8, clock.NowMicros, out _source);
        _listener = (ushort)listener;
    }

    /// <summary>All records as one block, or null when the ring has no room for it.</summary>
    public PublishedCall? TryPublish(IReadOnlyList<byte[]> records)
    {
        _block.Clear();
        var origin = new RecordOrigin(_listener, _source, _clock.NowMicros, TimestampUnit.Milliseconds);
        foreach (var record in records)
        {
            if (!_decoder.Decode(record, origin, _block))
            {
                throw new InvalidOperationException("A call is larger than its block.");
            }
        }

        if (_inlet.TryPublish(_block, out var lsnFirst) != PublishOutcome.Published)
        {
            return null;
        }

        var texts = new List<string>();
        foreach (ref readonly var slot in _block.Slots)
        {
            texts.Add(ReadingText.Of(slot, _engine.Names));
        }

        return new PublishedCall(lsnFirst, texts);
    }

    public void Dispose()
    {
        _decoder.Dispose();
        _block.Dispose();
    }
}

/// <summary>What went in at once, and as which LSNs; slot by slot as text.</summary>
internal sealed record PublishedCall(long LsnFirst, IReadOnlyList<string> Texts)
{
    public long LsnLast => LsnFirst + Texts.Count - 1;
}
