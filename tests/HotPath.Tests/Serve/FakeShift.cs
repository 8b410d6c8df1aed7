using System.Globalization;
using System.Text.Json;

namespace HotPath.Tests.Serve;

/// <summary>
/// An invented plant that runs, stops and starts by seed, so that people can look at the page. Event time is moved by
/// the caller; what happens until then is fed in order.
/// </summary>
internal sealed class FakeShift
{
    private const long Second = 1_000_000;
    private const long MicroStop = 120 * Second;

    private static readonly string[] s_lines = ["filler", "capper", "labeller", "packer", "palletiser", "washer"];

    private static readonly (string Reason, int Weight)[] s_reasons =
        [("jam", 34), ("no bottles", 22), ("label roll empty", 14), ("film break", 11), ("guard open", 9), ("sensor dirty", 6), ("drive fault", 4)];

    private readonly Random _random;
    private readonly FakePlant _plant;
    private readonly PriorityQueue<int, long> _due = new();
    private readonly Machine[] _machines;

    public FakeShift(FakePlant plant, int machineCount, int seed, long beginMicros)
    {
        _plant = plant;
        _random = new Random(seed);
        _machines = new Machine[machineCount];
        for (var index = 0; index < machineCount; index++)
        {
            var line = s_lines[index % s_lines.Length];
            _machines[index] = new Machine(string.Create(CultureInfo.InvariantCulture, $"{line}-{1 + (index / s_lines.Length)}"));
            _due.Enqueue(index, beginMicros + Spread(30));
        }
    }

    public void RunUntil(long nowMicros)
    {
        while (_due.TryPeek(out var index, out var atMicros) && atMicros <= nowMicros)
        {
            _due.Dequeue();
            Next(index, _machines[index], atMicros);
        }

        // Two machines fell silent a while ago.
        for (var index = 0; index < _machines.Length; index++)
        {
            var heardMicros = index % 97 == 41 ? nowMicros - (_machines.Length + 900) * Second : nowMicros;
            _plant.Heard(_machines[index].Id, heardMicros);
        }
    }

    private void Next(int index, Machine machine, long atMicros)
    {
        if (machine.State == "STOPPED" && machine.Revision == 0 && atMicros == machine.SinceMicros + MicroStop)
        {
            machine.Revision = 1;
            _plant.Downtime(machine.Id, machine.State, 0, null, 1, machine.Reason, startMicros: machine.SinceMicros, sameLsn: false);
            _due.Enqueue(index, machine.EndMicros);
            return;
        }

        var wasListed = machine.State is "STOPPED" or "CHANGEOVER" or "NO_DATA";
        var (state, reason, seconds) = wasListed || machine.State == "UNKNOWN"
            ? ("ACTIVE", null, 120 + (long)(-Math.Log(1 - _random.NextDouble()) * 2_400))
            : Stop();
        var from = machine.State;
        var sinceMicros = machine.SinceMicros;
        _plant.Transition(machine.Id, from, state, 0, reason: reason, atMicros: atMicros, evidence: Evidence(state, atMicros));
        if (wasListed)
        {
            _plant.Downtime(machine.Id, from, 0, null, machine.Revision + 1, machine.Reason,
                micro: from == "STOPPED" && atMicros - sinceMicros < MicroStop, startMicros: sinceMicros, endMicros: atMicros);
        }

        (machine.State, machine.Reason, machine.SinceMicros, machine.Revision) = (state, reason, atMicros, 0);
        machine.EndMicros = atMicros + (seconds * Second) + Spread(1);
        if (state is "CHANGEOVER" or "NO_DATA")
        {
            machine.Revision = 1;
            _plant.Downtime(machine.Id, state, 0, null, 1, reason, startMicros: atMicros);
        }

        var isLong = state == "STOPPED" && machine.EndMicros - atMicros > MicroStop;
        _due.Enqueue(index, isLong ? atMicros + MicroStop : machine.EndMicros);
    }

    private (string State, string? Reason, long Seconds) Stop() => _random.Next(100) switch
    {
        < 58 => ("STOPPED", Reason(), 4 + _random.Next(70)),
        < 84 => ("STOPPED", _random.Next(5) == 0 ? null : Reason(), 130 + _random.Next(900)),
        < 94 => ("CHANGEOVER", "changeover", 600 + _random.Next(1200)),
        _ => ("NO_DATA", null, 60 + _random.Next(600)),
    };

    private string Reason()
    {
        var drawn = _random.Next(s_reasons.Sum(reason => reason.Weight));
        foreach (var (reason, weight) in s_reasons)
        {
            drawn -= weight;
            if (drawn < 0)
            {
                return reason;
            }
        }

        return s_reasons[0].Reason;
    }

    private long Spread(int seconds) => _random.NextInt64(seconds * Second);

    private static string Evidence(string state, long atMicros)
    {
        var speed = new { value = state == "ACTIVE" ? 412 : 0, quality = "good", source = "gateway-2", at = atMicros };
        var text = state == "ACTIVE" ? "speed > 0 and mode == \"AUTO\"" : "speed == 0";
        return JsonSerializer.Serialize(new { @case = text, tags = new { speed }, watermark = atMicros, heldBy = "gateway-2" });
    }

    private sealed class Machine(string id)
    {
        public string Id { get; } = id;

        public string State { get; set; } = "UNKNOWN";

        public string? Reason { get; set; }

        public long SinceMicros { get; set; }

        public long EndMicros { get; set; }

        public int Revision { get; set; }
    }
}
