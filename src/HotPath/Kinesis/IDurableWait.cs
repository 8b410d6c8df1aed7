namespace HotPath.Kinesis;

/// <summary>Where an answer waits for the journal.</summary>
internal interface IDurableWait
{
    /// <summary>Completes when everything up to the LSN is durable by the journal's policy.</summary>
    /// <returns>False when the journal has failed or is closed: the answer must not claim that anything is stored.</returns>
    ValueTask<bool> WaitAsync(long lsn, CancellationToken cancellationToken);
}
