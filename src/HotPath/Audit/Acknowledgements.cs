using System.Collections.Concurrent;
using System.Text.Json;
using HotPath.Engine.Native;

namespace HotPath.Audit;

/// <summary>What an operator says of a downtime.</summary>
/// <param name="Reason">Why the machine stood, in the plant's words.</param>
internal sealed record Acknowledgement(string Reason, string? Note, string By, DateTimeOffset At);

/// <summary>
/// The acknowledgements that stand, by downtime. The audit log is their only store: each change is a line there before it
/// is seen here. Any thread.
/// </summary>
internal sealed class Acknowledgements
{
    private const string Acknowledged = "downtime.acknowledge";
    private const string Withdrawn = "downtime.withdraw";

    private readonly ConcurrentDictionary<string, Acknowledgement> _byDowntime = new(StringComparer.Ordinal);
    private readonly Lock _changing = new();
    private AuditLog? _log;

    public Acknowledgement? Of(string downtimeId) => _byDowntime.GetValueOrDefault(downtimeId);

    /// <summary>At start: a line of the log.</summary>
    public void Recover(AuditLine line)
    {
        if (line.What == Acknowledged && line.After?.Deserialize(AuditJson.Default.Acknowledgement) is { } acknowledgement)
        {
            _byDowntime[line.Target] = acknowledgement;
        }
        else if (line.What == Withdrawn)
        {
            _byDowntime.TryRemove(line.Target, out _);
        }
    }

    /// <summary>At start, behind the last line.</summary>
    public void WriteTo(AuditLog log) => _log = log;

    /// <summary>Says it, in place of what was said before.</summary>
    public DiskError TryPut(string downtimeId, string reason, string? note, Actor actor, DateTimeOffset now) =>
        TryChange(downtimeId, new Acknowledgement(reason, note, actor.Who, now), actor);

    /// <summary>Takes it back.</summary>
    public DiskError TryWithdraw(string downtimeId, Actor actor) => TryChange(downtimeId, null, actor);

    private DiskError TryChange(string downtimeId, Acknowledgement? next, Actor actor)
    {
        lock (_changing)
        {
            var happened = new AuditEvent(
                actor, next is null ? Withdrawn : Acknowledged, downtimeId, ToJson(Of(downtimeId)), ToJson(next));
            var error = _log!.TryAppend(happened, out _);
            if (error.IsNone && next is not null)
            {
                _byDowntime[downtimeId] = next;
            }
            else if (error.IsNone)
            {
                _byDowntime.TryRemove(downtimeId, out _);
            }

            return error;
        }
    }

    private static JsonElement? ToJson(Acknowledgement? acknowledgement) =>
        acknowledgement is null ? null : JsonSerializer.SerializeToElement(acknowledgement, AuditJson.Default.Acknowledgement);
}
