using HotPath.Audit;
using HotPath.Engine.Rules;

namespace HotPath.Serve;

/// <summary>
/// The rules in force, as the API changes them. Any thread may call; a change is answered when the journal holds it.
/// </summary>
internal interface IRuleBook
{
    RulesView Current { get; }

    /// <summary>Puts a document into force, or only says whether that could be done.</summary>
    Task<RuleAnswer> PutAsync(RuleRequest request, CancellationToken cancellation);

    /// <summary>Puts the document of an earlier version into force again, as a new version.</summary>
    Task<RuleAnswer> RollBackAsync(long version, long? expectedVersion, Actor actor, CancellationToken cancellation);

    /// <summary>Versions from the newest to older ones, without their documents.</summary>
    /// <param name="before">Only older ones than this.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellation">Gives up.</param>
    Task<IReadOnlyList<RuleVersionView>> VersionsAsync(long before, int limit, CancellationToken cancellation);

    /// <summary>One version with its document; null when there was none.</summary>
    Task<RuleVersionView?> VersionAsync(long version, CancellationToken cancellation);
}

/// <param name="Utf8">The document as it came.</param>
/// <param name="ExpectedVersion">Refused when another one is in force by then; null = whatever is.</param>
/// <param name="IsDryRun">Nothing changes.</param>
/// <param name="Actor">Who asks, for the audit log.</param>
internal sealed record RuleRequest(ReadOnlyMemory<byte> Utf8, long? ExpectedVersion, bool IsDryRun, Actor Actor);

/// <param name="Version">The version in force afterwards.</param>
/// <param name="Difference">From the rules that were in force; null when the document could not be read.</param>
internal sealed record RuleAnswer(
    RuleOutcome Outcome, long Version, RuleDifference? Difference, IReadOnlyList<RuleFault> Faults);

internal enum RuleOutcome
{
    /// <summary>In force, and the journal holds it.</summary>
    Applied,

    /// <summary>It was in force already.</summary>
    Unchanged,

    /// <summary>Of a dry run: it would be taken.</summary>
    Fits,

    /// <summary>Refused; the last good document stays in force.</summary>
    Faulty,

    /// <summary>Another version is in force than the caller thought.</summary>
    OtherVersion,

    NoSuchVersion,

    /// <summary>In force, but the journal has failed: a restart may not know it.</summary>
    NotDurable,
}

/// <param name="Document">Null in lists.</param>
internal sealed record RuleVersionView(long Version, long AppliedAtMicros, string Sha256, string? Document);
