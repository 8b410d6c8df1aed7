using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HotPath.Audit;
using HotPath.Engine;
using HotPath.Engine.Agents;
using HotPath.Engine.Native;
using HotPath.Engine.Rules;
using HotPath.Kinesis;
using HotPath.Serve;

namespace HotPath;

/// <summary>
/// The rules in force and every way to change them: files that changed, documents over HTTP, roll back. The journal is
/// what says which rules are in force; files and calls only append to it. One change at a time, any cold thread; what
/// is refused changes nothing, and the last good document stays in force.
/// </summary>
internal sealed class RuleBook : IRuleBook, IDisposable
{
    private const string RulesChange = "rules.change";
    private const string RulesRollback = "rules.rollback";

    private readonly SemaphoreSlim _changing = new(1);
    private readonly HotPathEngine _engine;
    private readonly IClock _clock;
    private readonly IDurableWait _durable;
    private readonly RuleFilesNote _note;
    private readonly RuleVersions _versions;
    private readonly AuditLog _audit;
    private readonly ILogger _log;
    private volatile RulesView _current;
    private RuleDocument _document;

    // Files that were taken, and the place that must be durable before that is noted.
    private (string Sha256, long Lsn)? _taken;

    public RuleBook(
        HotPathEngine engine, IClock clock, IDurableWait durable, RuleFilesNote note, RuleVersions versions, AuditLog audit, ILogger log)
    {
        _engine = engine;
        _clock = clock;
        _durable = durable;
        _note = note;
        _versions = versions;
        _audit = audit;
        _log = log;
        var recovered = engine.Recovered;
        _document = recovered.RuleDocument;
        _current = ToView(new RuleChange(recovered.RuleVersion, -1, recovered.RuleAppliedAtMicros), _document);
        recovered.RuleChanges.ForEach(change => _versions.Add(change));
    }

    public RulesView Current => _current;

    public static string Sha256Of(string document) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(document)));

    /// <summary>
    /// Takes what the files hold when it is not what they held when they were last taken. Before the engine's threads
    /// turn: nothing is waited for; see <see cref="SettleAsync"/>.
    /// </summary>
    public bool TryTakeFiles(RuleDocument document, out IReadOnlyList<string> faults)
    {
        _changing.Wait();
        try
        {
            return TryTake(document, out faults);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>The same while the engine runs; afterwards it is noted that they were taken.</summary>
    public async Task<IReadOnlyList<string>> TakeFilesAsync(RuleDocument document, CancellationToken cancellation)
    {
        await _changing.WaitAsync(cancellation);
        try
        {
            TryTake(document, out var faults);
            await NoteAsync(cancellation);
            return faults;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>The files cannot be read as rules: the last good document stays in force.</summary>
    public void RefuseFiles(IReadOnlyList<string> faults)
    {
        _current = _current with { LastReloadAtMicros = _clock.NowMicros, LastReloadProblem = string.Join('\n', faults) };
        foreach (var fault in faults)
        {
            _log.LogError("The rules were refused, version {Version} stays in force: {Fault}", _current.Version, fault);
        }
    }

    /// <summary>Waits until the journal holds what was taken from files, and notes it.</summary>
    public async Task SettleAsync(CancellationToken cancellation)
    {
        await _changing.WaitAsync(cancellation);
        try
        {
            await NoteAsync(cancellation);
        }
        finally
        {
            _changing.Release();
        }
    }

    public async Task<RuleAnswer> PutAsync(RuleRequest request, CancellationToken cancellation)
    {
        if (!RuleDocument.TryParse(request.Utf8.Span, out var document, out var faults))
        {
            return new RuleAnswer(RuleOutcome.Faulty, _current.Version, null, faults);
        }

        return await PutAsync(document, request.ExpectedVersion, request.IsDryRun, request.Actor, RulesChange, cancellation);
    }

    public async Task<RuleAnswer> RollBackAsync(long version, long? expectedVersion, Actor actor, CancellationToken cancellation)
    {
        if (await _versions.FindAsync(version, cancellation) is not { Document: { } text })
        {
            return new RuleAnswer(RuleOutcome.NoSuchVersion, _current.Version, null, []);
        }

        return RuleDocument.TryParse(text, out var document, out var faults)
            ? await PutAsync(document, expectedVersion, isDryRun: false, actor, RulesRollback, cancellation)
            : new RuleAnswer(RuleOutcome.Faulty, _current.Version, null, faults);
    }

    public Task<IReadOnlyList<RuleVersionView>> VersionsAsync(long before, int limit, CancellationToken cancellation) =>
        _versions.ListAsync(before, limit, cancellation);

    public Task<RuleVersionView?> VersionAsync(long version, CancellationToken cancellation) =>
        _versions.FindAsync(version, cancellation);

    public void Dispose() => _changing.Dispose();

    private async Task<RuleAnswer> PutAsync(
        RuleDocument document, long? expectedVersion, bool isDryRun, Actor actor, string what, CancellationToken cancellation)
    {
        await _changing.WaitAsync(cancellation);
        try
        {
            // Else a restart would take the files to have changed after this document.
            await NoteAsync(cancellation);
            var difference = RuleDifference.Between(_document, document);
            RuleAnswer Answer(RuleOutcome outcome, IReadOnlyList<RuleFault>? faults = null) =>
                new(outcome, _current.Version, difference, faults ?? []);

            if (expectedVersion is { } expected && expected != _current.Version)
            {
                return Answer(RuleOutcome.OtherVersion);
            }

            if (document.Text == _document.Text && _current.Version != RuleCatalog.NoVersion)
            {
                return Answer(RuleOutcome.Unchanged);
            }

            if (isDryRun)
            {
                return _engine.Rules.Fits(document, out var misfits) ? Answer(RuleOutcome.Fits) : Answer(RuleOutcome.Faulty, misfits);
            }

            if (!_engine.TryChangeRules(document, out var change, out var faults))
            {
                return Answer(RuleOutcome.Faulty, faults);
            }

            Show(change, document, actor, what);
            var isDurable = await _durable.WaitAsync(change.Lsn, CancellationToken.None);
            return Answer(isDurable ? RuleOutcome.Applied : RuleOutcome.NotDurable);
        }
        finally
        {
            _changing.Release();
        }
    }

    private bool TryTake(RuleDocument document, out IReadOnlyList<string> faults)
    {
        faults = [];
        var sha256 = Sha256Of(document.Text);
        if (sha256 == (_taken?.Sha256 ?? _note.Sha256))
        {
            _current = _current with { LastReloadAtMicros = _clock.NowMicros, LastReloadProblem = null };
            return true;
        }

        var lsn = -1L;
        if (document.Text != _document.Text || _current.Version == RuleCatalog.NoVersion)
        {
            if (!_engine.TryChangeRules(document, out var change, out var ruleFaults))
            {
                faults = [.. ruleFaults.Select(fault => fault.ToString())];
                RefuseFiles(faults);
                return false;
            }

            lsn = change.Lsn;
            Show(change, document, Actor.Files, RulesChange);
        }

        _taken = (sha256, lsn);
        return true;
    }

    private void Show(in RuleChange change, RuleDocument document, Actor actor, string what)
    {
        var before = _current;
        _document = document;
        _versions.Add(change);
        _current = ToView(change, document);
        _log.LogInformation(
            "{Rules} rules are in force as version {Version} from LSN {Lsn}: {What} by {Who}.",
            document.Rules.Count, change.Version, change.Lsn, what, actor.Who);

        // The journal holds the change itself; a log that cannot be written is red in readiness, and changes nothing here.
        var happened = new AuditEvent(actor, what, "rules", ToJson(before), ToJson(_current));
        var error = _audit.TryAppend(happened, out _);
        if (!error.IsNone)
        {
            _log.LogError("Version {Version} of the rules is not in the audit log: {Error}", change.Version, error);
        }
    }

    private static JsonElement ToJson(RulesView rules) =>
        JsonSerializer.SerializeToElement(new RulesChanged(rules.Version, rules.Sha256), AuditJson.Default.RulesChanged);

    private async Task NoteAsync(CancellationToken cancellation)
    {
        if (_taken is not { } taken || !await _durable.WaitAsync(taken.Lsn, cancellation))
        {
            return;
        }

        try
        {
            _note.Store(taken.Sha256);
            _taken = null;
        }
        catch (DiskFaultException fault)
        {
            // Tried again at the next change. Until then a restart takes the files for changed.
            _log.LogError(fault, "It cannot be noted that the rule files were taken.");
        }
    }

    private static RulesView ToView(in RuleChange change, RuleDocument document) => new(
        change.Version,
        Sha256Of(document.Text),
        document.Text,
        change.AppliedAtMicros,
        change.AppliedAtMicros,
        LastReloadProblem: null,
        [.. document.Rules.Select(rule => new RuleView(rule.Id, rule.Title, rule.Downtime.Categories.Count > 0))]);
}
