using System.Globalization;
using HotPath.Engine.Ledger;

namespace HotPath.Sink.Rows;

/// <summary>Rows of the table <c>downtimes</c>.</summary>
internal sealed class DowntimeRows : TableRows
{
    private static readonly EnumWords<DowntimeCategory> Categories = new();
    private static readonly EnumWords<DowntimeStatus> Statuses = new();

    private readonly SinkNames _names;
    private readonly LongRows _lsn = new();
    private readonly TextRows _id = new();
    private readonly IntegerRows _revision = new();
    private readonly CodeRows _status = new(Statuses);
    private readonly CodeRows _category = new(Categories);
    private readonly BooleanRows _micro = new();
    private readonly CodeRows _rule;
    private readonly CodeRows _equipment;
    private readonly CodeRows _state;
    private readonly CodeRows _reason;
    private readonly LongRows _at = new();
    private readonly LongRows _start = new();
    private readonly LongRows _end = new();
    private readonly DoubleRows _durationSeconds = new();

    public DowntimeRows(SinkNames names)
    {
        _names = names;
        _rule = new CodeRows(names.Words);
        _equipment = new CodeRows(names.Equipment);
        _state = new CodeRows(names.Words);
        _reason = new CodeRows(names.Words);
        Declare(
            _lsn, _id, _revision, _status, _category, _micro, _rule,
            _equipment, _state, _reason, _at, _start, _end, _durationSeconds);
    }

    private enum DowntimeStatus
    {
        Open,
        Closed,
    }

    public void Add(in LedgerRecordHead head, in DowntimeBody body)
    {
        var isClosed = body.EndMicros != DowntimeBody.NoEnd;
        _lsn.Add(head.Lsn);
        AddId(head.EquipmentIndex, body);
        _revision.Add(body.Revision);
        _status.Add((int)(isClosed ? DowntimeStatus.Closed : DowntimeStatus.Open));
        _category.Add((int)body.Category);
        if (body.Micro == MicroStop.Null)
        {
            _micro.AddNull();
        }
        else
        {
            _micro.Add(body.Micro == MicroStop.Yes);
        }

        _rule.Add(body.RuleWord);
        _equipment.Add(head.EquipmentIndex);
        _state.Add(body.StateWord);
        _reason.Add(body.ReasonWord);
        _at.Add(body.AtMicros);
        _start.Add(body.StartMicros);
        _end.AddUnless(body.EndMicros, DowntimeBody.NoEnd);
        if (isClosed)
        {
            _durationSeconds.Add((body.EndMicros - body.StartMicros) / 1e6);
        }
        else
        {
            _durationSeconds.AddNull();
        }
    }

    // rule@equipment@start, and @ordinal if that is not 0 (RULES.md, Downtime).
    private void AddId(int equipment, in DowntimeBody body)
    {
        var rule = _names.Words.Utf8(body.RuleWord);
        var machine = _names.Equipment.Utf8(equipment);
        var span = _id.GetSpan(rule.Length + machine.Length + 48);
        rule.CopyTo(span);
        var at = rule.Length;
        span[at++] = (byte)'@';
        machine.CopyTo(span[at..]);
        at += machine.Length;
        span[at++] = (byte)'@';
        body.StartMicros.TryFormat(span[at..], out var written, default, CultureInfo.InvariantCulture);
        at += written;
        if (body.Ordinal != 0)
        {
            span[at++] = (byte)'@';
            body.Ordinal.TryFormat(span[at..], out written, default, CultureInfo.InvariantCulture);
            at += written;
        }

        _id.Advance(at);
        _id.EndRow();
    }
}
