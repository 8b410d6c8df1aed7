using System.Text.Json;
using HotPath.Engine;

namespace HotPath.TestKit.Reference;

/// <summary>
/// RULES.md as a small slow program, beside the engine and sharing no code with it: dictionaries, closures, and
/// everything worked out again at every instant. One thread.
/// </summary>
internal sealed class ReferenceModel
{
    private readonly long _unitMicros;
    private readonly Dictionary<string, ReferenceMachine> _machines = [];
    private readonly Dictionary<string, SourceMemory> _sources = [];
    private readonly List<(string Equipment, string Rule, string Row)> _rows = [];
    private TimeOptions _options;
    private List<ReferenceRule> _rules;
    private long _readings;
    private long _late;
    private long _duplicate;
    private long _future;
    private long? _clock;
    private long? _receivedMax;
    private long _outage;

    private ReferenceModel(RecordedCase recorded)
    {
        _options = recorded.Options;
        _unitMicros = recorded.TimestampUnitMicros;
        _rules = ReferenceRule.ReadDocument(JsonDocument.Parse(recorded.Rules).RootElement);
    }

    /// <param name="recorded">Options, rules and lines.</param>
    /// <param name="hasEnd">Input ends behind the last line; a service's never does.</param>
    public static IReadOnlyList<string> Rows(RecordedCase recorded, bool hasEnd = true)
    {
        var model = new ReferenceModel(recorded);
        foreach (var line in recorded.Lines)
        {
            model.Take(line);
        }

        foreach (var machine in model._machines.Values.Where(_ => hasEnd))
        {
            machine.Advance(machine.Sources.Max(source => model._sources[source].Progress));
        }

        var (readings, late, duplicate, future) = (model._readings, model._late, model._duplicate, model._future);
        var rows = model._rows.OrderBy(r => r.Equipment, StringComparer.Ordinal).ThenBy(r => r.Rule, StringComparer.Ordinal);
        return [.. rows.Select(r => r.Row), RowText.Of(new { type = "summary", readings, late, duplicate, future })];
    }

    private void Take(JsonElement line)
    {
        var control = line.TryGetProperty("control", out var word) ? word.GetString() : null;
        if (line.TryGetProperty("receivedAt", out var milliseconds))
        {
            var received = milliseconds.GetInt64() * 1_000;
            _outage = control == "start" && _clock is not null ? received - _clock.Value : _outage;
            _receivedMax = Math.Max(_receivedMax ?? received, received);
            _clock = Math.Max(_clock ?? received, _clock is null ? received : received - _outage);
        }

        switch (control)
        {
            case "start":
                _sources.Values.ToList().ForEach(source => source.Heard = _clock);
                break;
            case "tick":
                PassTime();
                break;
            case "time":
                // It takes effect where it stands: what the new options release is released here.
                PassTime();
                _options = TimeLine.Read(line);
                PassTime();
                break;
            case "rules":
                PassTime();
                _rules = ReferenceRule.ReadDocument(line.GetProperty("rules"));
                _machines.Values.ToList().ForEach(machine => machine.ReplaceRules(_rules));
                break;
            default:
                TakeReading(line);
                break;
        }
    }

    private void TakeReading(JsonElement line)
    {
        _readings++;
        var reading = Read(line);
        if (reading.At > _receivedMax + _options.MaxFutureMicros)
        {
            _future++;
            return;
        }

        var machine = MachineOf(line.GetProperty("equipmentId").GetString()!);
        machine.Sources.Add(reading.Source);
        if (machine.Received.TakeLast(128).Contains(reading))
        {
            _duplicate++;
        }
        else
        {
            machine.Received.Add(reading);
            if (reading.At < machine.Watermark)
            {
                _late++;
            }
            else
            {
                machine.Receive(reading);
            }
        }

        var source = _sources.TryGetValue(reading.Source, out var known) ? known : _sources[reading.Source] = new SourceMemory();
        source.Heard = _clock;
        source.Progress = Math.Max(source.Progress, reading.At);
        PassTime();
    }

    private ReferenceReading Read(JsonElement line)
    {
        var said = line.GetProperty("value");
        object? value = said.ValueKind switch
        {
            JsonValueKind.Number => said.GetDouble() + 0.0,
            JsonValueKind.String => said.GetString(),
            JsonValueKind.Null => null,
            _ => said.GetBoolean(),
        };
        var hasMeta = line.TryGetProperty("meta", out var meta);
        return new ReferenceReading(
            line.GetProperty("tag").GetString()!,
            line.GetProperty("timestamp").GetInt64() * _unitMicros,
            hasMeta && meta.TryGetProperty("sourceId", out var source) ? source.GetString()! : "",
            hasMeta && meta.TryGetProperty("sequenceNumber", out var sequence) ? sequence.GetInt64() : null,
            value,
            value is null ? "bad" : line.TryGetProperty("quality", out var quality) ? QualityOf(quality) : "good");
    }

    private static string QualityOf(JsonElement quality)
    {
        if (quality.ValueKind == JsonValueKind.Null)
        {
            return "good";
        }

        if (quality.ValueKind == JsonValueKind.Number)
        {
            return (quality.GetInt64() >> 30 & 3) switch
            {
                0 => "good",
                1 => "uncertain",
                _ => "bad",
            };
        }

        var word = quality.GetString()!.Trim().ToUpperInvariant();
        return word.StartsWith("OK", StringComparison.Ordinal) || word.StartsWith("GOOD", StringComparison.Ordinal) ? "good"
            : word.StartsWith("UNCERTAIN", StringComparison.Ordinal) ? "uncertain"
            : "bad";
    }

    private ReferenceMachine MachineOf(string equipment)
    {
        if (!_machines.TryGetValue(equipment, out var machine))
        {
            _machines[equipment] = machine = new ReferenceMachine(
                equipment, (of, rule, row) => _rows.Add((of, rule, RowText.Of(row))));
            machine.Bind(_rules);
        }

        return machine;
    }

    private void PassTime()
    {
        foreach (var machine in _machines.Values)
        {
            var sources = machine.Sources.Select(source => _sources[source]).ToLookup(IsIdle);
            var progress = sources[false].Any()
                ? sources[false].Min(source => source.Progress)
                : sources[true].Max(source => source.Progress + _clock!.Value - source.Heard!.Value - _options.IdleTimeoutMicros!.Value);
            machine.Advance(progress - _options.OutOfOrdernessMicros);
        }
    }

    private bool IsIdle(SourceMemory source) => _clock - source.Heard > _options.IdleTimeoutMicros;

    private sealed class SourceMemory
    {
        public long Progress { get; set; } = long.MinValue;

        public long? Heard { get; set; }
    }
}
