namespace HotPath.Engine.Rules;

/// <summary>A document took effect: its version, the place in the order of readings, and when.</summary>
internal readonly record struct RuleChange(long Version, long Lsn, long AppliedAtMicros);
