using System.Collections.Immutable;
using System.Text.Json;
using HotPath.Engine.Ring;

namespace HotPath.Serve;

/// <summary>The text of a reject reason is its name in snake_case, in tables, metrics and the API.</summary>
internal static class RejectReasons
{
    /// <summary>By <see cref="RejectReason"/>; empty for None.</summary>
    public static readonly ImmutableArray<string> Names =
        [.. Enum.GetValues<RejectReason>().Select(reason => reason == RejectReason.None ? "" : JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString()))];

    /// <summary>Every reason of rejection with its count; Future is judged after acceptance and is none.</summary>
    public static IEnumerable<(string Name, long Count)> Named(ImmutableArray<long> counts)
    {
        for (var reason = 1; reason < Names.Length; reason++)
        {
            if ((RejectReason)reason != RejectReason.Future)
            {
                yield return (Names[reason], !counts.IsDefault && reason < counts.Length ? counts[reason] : 0);
            }
        }
    }
}
