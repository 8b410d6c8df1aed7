using System.IO.Pipelines;
using System.Buffers;
using System.Text;
using System.Text.Json;
using HotPath.Engine;
using HotPath.Engine.Decode;
using HotPath.Engine.Names;
using HotPath.Engine.Replay;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules;

namespace HotPath.Cli;

/// <summary>
/// Reads a recording line by line, decodes readings as the engine does, and takes its control lines. One thread. A line
/// that cannot be read is refused on the error stream with its number, counted, and left out.
/// </summary>
internal sealed class RecordingReplay : IDisposable
{
    private const int BatchSlots = 1024;
    private const int LineBytesMax = RuleLimits.DocumentBytesMax;
    private const int RefusalsShownMax = 100;

    private readonly NameTables _names = new();
    private readonly ReplayRows _rows;
    private readonly ReplayRun _run;
    private readonly RecordDecoder _decoder;
    private readonly StagingBlock _block = new(64, EngineLimits.RecordReadingsMax);
    private readonly RecordOrigin _origin;
    private readonly string _inputName;
    private readonly TextWriter _errors;
    private long _lineNumber;

    /// <param name="options">Of time.</param>
    /// <param name="unit">Of integer timestamps.</param>
    /// <param name="inputName">For messages.</param>
    /// <param name="errors">Where refusals go.</param>
    /// <param name="also">Sees every record that comes out, beside the rows.</param>
    public RecordingReplay(
        TimeOptions options, TimestampUnit unit, string inputName, TextWriter errors, LedgerRecordTaker? also = null)
    {
        _inputName = inputName;
        _errors = errors;
        _rows = new ReplayRows(_names);
        _run = new ReplayRun(_names, shardCount: 1, BatchSlots, options, record =>
        {
            _rows.Add(record);
            also?.Invoke(record);
        });
        var quota = new NameQuota(int.MaxValue, int.MaxValue);
        _decoder = new RecordDecoder(_names, quota, new RecordDecoderOptions { ReadsReceivedAt = true });
        _names.Sources.TryIntern(""u8, 0, out var noSource);
        _origin = new RecordOrigin(0, noSource, Slot.NoNumber, unit);
    }

    public long RefusedCount { get; private set; }

    public NameTables Names => _names;

    public RuleCatalog Catalog => _run.Catalog;

    public static TimestampUnit UnitOf(string unit) => unit switch
    {
        "ns" => TimestampUnit.Nanoseconds,
        "us" => TimestampUnit.Microseconds,
        "s" => TimestampUnit.Seconds,
        _ => TimestampUnit.Milliseconds,
    };

    public bool TryAddRules(RuleDocument document, string where, long receivedAtMicros = Slot.NoNumber)
    {
        var isTaken = _run.TryAddRules(document, receivedAtMicros, out var faults);
        foreach (var fault in faults)
        {
            _errors.WriteLine($"{where}: {fault}");
        }

        return isTaken;
    }

    /// <summary>All lines up to the end of the stream, and what the end of input releases.</summary>
    public void Read(Stream input)
    {
        var reader = PipeReader.Create(input, new StreamPipeReaderOptions(bufferSize: 1 << 20, leaveOpen: true));
        while (true)
        {
            var read = reader.ReadAsync().AsTask().GetAwaiter().GetResult();
            var rest = read.Buffer;
            while (TryCutLine(ref rest, read.IsCompleted, out var line))
            {
                TakeLine(line.IsSingleSegment ? line.FirstSpan : line.ToArray());
            }

            reader.AdvanceTo(rest.Start, rest.End);
            if (read.IsCompleted)
            {
                break;
            }

            if (rest.Length > LineBytesMax)
            {
                Refuse($"the line is longer than {LineBytesMax:N0} bytes; nothing behind it was read");
                break;
            }
        }

        reader.Complete();
        _run.Finish();
    }

    /// <summary>Readings in their order, in place of a stream, and what the end of input releases.</summary>
    public void Take(IEnumerable<Slot> readings)
    {
        foreach (var reading in readings)
        {
            _run.Add(reading);
        }

        _run.Finish();
    }

    public void Write(Stream output)
    {
        using var writer = new StreamWriter(output, new UTF8Encoding(false), 1 << 16, leaveOpen: true) { NewLine = "\n" };
        foreach (var row in _rows.InOrder())
        {
            writer.WriteLine(row);
        }

        writer.WriteLine(_run.Summary());
    }

    public void Dispose()
    {
        _run.Dispose();
        _decoder.Dispose();
        _block.Dispose();
    }

    private static bool TryCutLine(
        ref ReadOnlySequence<byte> rest, bool isCompleted, out ReadOnlySequence<byte> line)
    {
        if (rest.PositionOf((byte)'\n') is { } end)
        {
            line = rest.Slice(0, end);
            rest = rest.Slice(rest.GetPosition(1, end));
            return true;
        }

        line = rest;
        rest = rest.Slice(rest.End);
        if (isCompleted && line.Length > 0)
        {
            return true;
        }

        (rest, line) = (line, default);
        return false;
    }

    private void TakeLine(ReadOnlySpan<byte> line)
    {
        _lineNumber++;
        line = line.Trim(" \t\r"u8);
        if (line.IsEmpty)
        {
            return;
        }

        if (line.IndexOf("\"control\""u8) >= 0 && TryTakeControl(line))
        {
            return;
        }

        _block.Clear();
        _decoder.Decode(line, _origin, _block);
        foreach (ref readonly var slot in _block.Slots)
        {
            if (slot.Kind == SlotKind.Rejected)
            {
                Refuse($"no reading: {slot.RejectReason}");
            }
            else if (slot.Kind == SlotKind.Reading)
            {
                _run.Add(slot);
            }
        }
    }

    // False: it is a reading that happens to hold the word.
    private bool TryTakeControl(ReadOnlySpan<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line.ToArray());
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("control", out _))
            {
                return false;
            }

            if (!ReplayControl.TryRead(document.RootElement, out var slot, out var rules, out var refusal))
            {
                Refuse(refusal!);
            }
            else if (rules is null)
            {
                _run.Add(slot);
            }
            else
            {
                TakeRules(rules, slot.ReceivedAtMicros);
            }
        }
        catch (JsonException exception)
        {
            Refuse("no JSON: " + exception.Message);
        }

        return true;
    }

    private void TakeRules(string text, long receivedAtMicros)
    {
        if (!RuleDocument.TryParse(text, out var document, out var faults))
        {
            Refuse("these rules are refused, the old ones stay: " + string.Join("; ", faults));
        }
        else if (!TryAddRules(document, $"{_inputName}:{_lineNumber}", receivedAtMicros))
        {
            RefusedCount++;
        }
    }

    private void Refuse(string why)
    {
        RefusedCount++;
        if (RefusedCount <= RefusalsShownMax)
        {
            _errors.WriteLine($"{_inputName}:{_lineNumber}: {why}");
        }
    }
}
