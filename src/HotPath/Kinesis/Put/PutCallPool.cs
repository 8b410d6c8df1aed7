using System.Collections.Concurrent;

namespace HotPath.Kinesis.Put;

/// <summary>
/// The calls that may be under way at one time. Any thread may rent; when all are out the next one waits for its turn,
/// with its body received and nothing taken.
/// </summary>
internal sealed class PutCallPool(Func<IIntake> intakes, KinesisLimits limits) : IDisposable
{
    private readonly SemaphoreSlim _free = new(limits.CallsMax, limits.CallsMax);
    private readonly ConcurrentStack<PutCall> _idle = new();

    public async ValueTask<PutCall> RentAsync(CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        return _idle.TryPop(out var call) ? call : new PutCall(intakes(), limits);
    }

    public void Return(PutCall call)
    {
        call.Clear();
        _idle.Push(call);
        _free.Release();
    }

    public void Dispose()
    {
        while (_idle.TryPop(out var call))
        {
            call.Dispose();
        }

        _free.Dispose();
    }
}
