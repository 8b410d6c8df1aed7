using HotPath.Kinesis.Client;

namespace HotPath.Kinesis.Consume;

/// <summary>
/// The source's registration as a consumer with throughput of its own (enhanced fan-out), shared by all its shards. Any
/// task. Where the service does not offer it, or refuses, there is no consumer for a while and shards are polled.
/// </summary>
internal sealed class FanOut(UpstreamStream upstream, string consumerName, SourceSettings settings, SourceParts parts) : IDisposable
{
    private const string Part = "its registration as a consumer";
    private const long AgainMicros = 300 * 1_000_000L;

    private readonly SemaphoreSlim _registering = new(1, 1);
    private volatile string? _consumerArn;
    private long _notBeforeMicros;
    private bool _isOffered = true;

    /// <summary>The consumer's ARN; null when shards are to be polled for now.</summary>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public async ValueTask<string?> ConsumerAsync(CancellationToken stop)
    {
        if (_consumerArn is { } known)
        {
            return known;
        }

        await _registering.WaitAsync(stop);
        try
        {
            if (_consumerArn is null && _isOffered && parts.Clock.NowMicros >= _notBeforeMicros)
            {
                await RegisterAsync(stop);
            }

            return _consumerArn;
        }
        finally
        {
            _registering.Release();
        }
    }

    /// <summary>The registration is of no use any more: shards are polled, and in some minutes it is tried again.</summary>
    public void Forget()
    {
        _consumerArn = null;
        Volatile.Write(ref _notBeforeMicros, parts.Clock.NowMicros + AgainMicros);
    }

    public void Dispose() => _registering.Dispose();

    private async Task RegisterAsync(CancellationToken stop)
    {
        try
        {
            var streamArn = await upstream.ArnAsync(stop);
            var (arn, isActive) = await upstream.RegisterConsumerAsync(streamArn, consumerName, stop);
            while (!isActive)
            {
                await Task.Delay(settings.IdlePause, stop);
                (arn, isActive) = await upstream.DescribeConsumerAsync(streamArn, consumerName, stop);
            }

            _consumerArn = arn;
            settings.OnGood(Part);
            parts.Log.LogInformation("Stream {Stream} is read by the registered consumer {Consumer}.", settings.Stream, arn);
        }
        catch (AwsFaultException fault)
        {
            Forget();
            if (fault.Type is "UnknownOperationException")
            {
                _isOffered = false;
                parts.Log.LogInformation("Stream {Stream}: the service has no registered consumers; its shards are polled.", settings.Stream);
            }
            else
            {
                settings.OnProblem(Part, fault, parts.Log);
            }
        }
    }
}
