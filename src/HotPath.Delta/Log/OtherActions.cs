namespace HotPath.Delta.Log;

/// <summary>How far an application has come with writing to the table.</summary>
/// <param name="AppId">Names one writer for ever: an instance and what it writes.</param>
/// <param name="Version">Where that writer stands; grows with its commits.</param>
/// <param name="LastUpdated">Milliseconds since 1970; null where the engine did not say.</param>
public sealed record Txn(string AppId, long Version, long? LastUpdated = null);

/// <summary>Configuration that belongs to a feature, under a name of its own.</summary>
public sealed record DomainMetadata(string Domain, string Configuration, bool Removed = false);

/// <summary>Where a V2 checkpoint keeps file actions.</summary>
internal sealed record Sidecar(string Path, long SizeInBytes, long ModificationTime);

/// <summary>The mark of a V2 checkpoint.</summary>
internal sealed record CheckpointMetadata(long Version);
