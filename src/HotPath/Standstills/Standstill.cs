using HotPath.Engine.Ledger;
using HotPath.Serve.Http;
using HotPath.Serve.Live;

namespace HotPath.Standstills;

/// <summary>A downtime as key figures need it, wherever it was read: live, or from the tables.</summary>
/// <param name="EndMicros">Null = it is open.</param>
internal readonly record struct Standstill(
    string EquipmentId,
    string RuleId,
    DowntimeCategory Category,
    bool IsMicro,
    string State,
    string? Reason,
    long StartMicros,
    long? EndMicros)
{
    public static Standstill Of(in LiveDowntime row, Documents documents) => new(
        documents.EquipmentId(row.EquipmentIndex),
        documents.Word(row.Body.RuleWord) ?? "",
        row.Body.Category,
        row.Body.Micro == MicroStop.Yes,
        documents.Word(row.Body.StateWord) ?? "",
        documents.Word(row.Body.ReasonWord),
        row.Body.StartMicros,
        row.IsOpen ? null : row.Body.EndMicros);

    /// <summary>How much of it lies in a window, microseconds; an open one lasts until now.</summary>
    public long MicrosWithin(long fromMicros, long toMicros, long nowMicros) =>
        Math.Max(0, Math.Min(EndMicros ?? nowMicros, toMicros) - Math.Max(StartMicros, fromMicros));

    public bool Touches(long fromMicros, long toMicros) => StartMicros < toMicros && (EndMicros is null || EndMicros > fromMicros);
}
