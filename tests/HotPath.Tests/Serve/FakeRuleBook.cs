using HotPath.Audit;
using HotPath.Engine.Rules;
using HotPath.Serve;

namespace HotPath.Tests.Serve;

/// <summary>Rules that can be looked at and never change; the real book is tested with the whole process.</summary>
internal sealed class FakeRuleBook(FakeEngine engine) : IRuleBook
{
    public RulesView Current => engine.Rules;

    public Task<RuleAnswer> PutAsync(RuleRequest request, CancellationToken cancellation) =>
        Task.FromResult(new RuleAnswer(
            RuleOutcome.Faulty, Current.Version, null, [new RuleFault(1, 1, "nothing is taken here", "ask the real book")]));

    public Task<RuleAnswer> RollBackAsync(long version, long? expectedVersion, Actor actor, CancellationToken cancellation) =>
        Task.FromResult(new RuleAnswer(RuleOutcome.NoSuchVersion, Current.Version, null, []));

    public Task<IReadOnlyList<RuleVersionView>> VersionsAsync(long before, int limit, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<RuleVersionView>>([]);

    public Task<RuleVersionView?> VersionAsync(long version, CancellationToken cancellation) =>
        Task.FromResult<RuleVersionView?>(null);
}
