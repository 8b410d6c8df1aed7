using HotPath.Engine.Ledger;

namespace HotPath.Sink.Rows;

/// <summary>Rows of the table <c>transitions</c>.</summary>
internal sealed class TransitionRows : TableRows
{
    private static readonly EnumWords<TransitionCause> Causes = new();

    private readonly LongRows _lsn = new();
    private readonly CodeRows _rule;
    private readonly LongRows _ruleVersion = new();
    private readonly CodeRows _equipment;
    private readonly CodeRows _from;
    private readonly CodeRows _to;
    private readonly LongRows _at = new();
    private readonly LongRows _since = new();
    private readonly CodeRows _group;
    private readonly CodeRows _cause = new(Causes);
    private readonly CodeRows _reason;
    private readonly TextRows _evidence = new();

    public TransitionRows(SinkNames names)
    {
        _rule = new CodeRows(names.Words);
        _equipment = new CodeRows(names.Equipment);
        _from = new CodeRows(names.Words);
        _to = new CodeRows(names.Words);
        _group = new CodeRows(names.Words);
        _reason = new CodeRows(names.Words);
        Declare(
            _lsn, _rule, _ruleVersion, _equipment, _from, _to,
            _at, _since, _group, _cause, _reason, _evidence);
    }

    public void Add(
        in LedgerRecordHead head, in TransitionBody body, ReadOnlySpan<byte> evidence, TransitionEvidence writeEvidence)
    {
        _lsn.Add(head.Lsn);
        _rule.Add(body.RuleWord);
        _ruleVersion.Add(body.RuleVersion);
        _equipment.Add(head.EquipmentIndex);
        _from.Add(body.FromWord);
        _to.Add(body.ToWord);
        _at.Add(body.AtMicros);
        _since.Add(body.SinceMicros);
        _group.Add(body.GroupWord);
        _cause.Add((int)body.Cause);
        _reason.Add(body.ReasonWord);
        writeEvidence(evidence, _evidence);
        _evidence.EndRow();
    }
}
