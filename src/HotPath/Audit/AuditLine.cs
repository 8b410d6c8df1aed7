using System.Text.Json;
using System.Text.Json.Serialization;

namespace HotPath.Audit;

/// <summary>Who asked for a change.</summary>
/// <param name="Who">The id of the key; "local" without keys, "files" for what was changed on disk.</param>
/// <param name="From">The caller's address; null = this machine itself.</param>
internal sealed record Actor(string Who, string? Role, string? From)
{
    public static readonly Actor Files = new("files", null, null);
}

/// <summary>A change that somebody made: what it was made to, from what to what.</summary>
/// <param name="What">Such as <c>downtime.acknowledge</c>, <c>rules.change</c>.</param>
internal sealed record AuditEvent(Actor Actor, string What, string Target, JsonElement? Before, JsonElement? After);

/// <summary>A line of the audit log.</summary>
/// <param name="Number">From 1, without gaps.</param>
/// <param name="Previous">SHA-256, in hexadecimal, of the bytes of the line before without its line feed; zeros for the first.</param>
internal sealed record AuditLine(
    long Number,
    DateTimeOffset At,
    string Who,
    string? Role,
    string? From,
    string What,
    string Target,
    JsonElement? Before,
    JsonElement? After,
    string Previous);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AuditLine))]
[JsonSerializable(typeof(Acknowledgement))]
[JsonSerializable(typeof(RulesChanged))]
internal sealed partial class AuditJson : JsonSerializerContext;

/// <summary>The rules before or after a change.</summary>
internal sealed record RulesChanged(long Version, string Sha256);
