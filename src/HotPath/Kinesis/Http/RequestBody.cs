using System.Buffers;
using System.IO.Pipelines;

namespace HotPath.Kinesis.Http;

/// <summary>
/// A request's body, whole and in one piece, in rented memory. Belongs to one request, from
/// <see cref="ReceiveAsync"/> to <see cref="Dispose"/>. It grows with what has really come, not with what was announced,
/// up to its maximum and as far as <see cref="BodyMemory"/> has room.
/// </summary>
internal sealed class RequestBody(BodyMemory memory, int bytesMax) : IDisposable
{
    /// <summary>Thousands who send a byte and fall silent must not use up what all bodies may take.</summary>
    private const int BytesFirst = 4 * 1024;

    private byte[] _bytes = [];
    private int _count;

    public int Count => _count;

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _count);

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, _count);

    public async ValueTask<ReceiveOutcome> ReceiveAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await reader.ReadAsync(cancellationToken);
            var outcome = Take(result.Buffer);
            reader.AdvanceTo(result.Buffer.End);
            if (outcome != ReceiveOutcome.Received || result.IsCompleted)
            {
                return outcome;
            }
        }
    }

    public void Dispose()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            memory.GiveBack(_bytes.Length);
            _bytes = [];
        }
    }

    private ReceiveOutcome Take(in ReadOnlySequence<byte> buffer)
    {
        if (buffer.Length > bytesMax - _count)
        {
            return ReceiveOutcome.TooLarge;
        }

        var needed = _count + (int)buffer.Length;
        if (needed > _bytes.Length && !TryGrow(needed))
        {
            return ReceiveOutcome.NoMemory;
        }

        buffer.CopyTo(_bytes.AsSpan(_count));
        _count = needed;
        return ReceiveOutcome.Received;
    }

    private bool TryGrow(int needed)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, Math.Max(BytesFirst, _bytes.Length * 2)));
        if (!memory.TryTake(larger.Length - _bytes.Length))
        {
            ArrayPool<byte>.Shared.Return(larger);
            return false;
        }

        _bytes.AsSpan(0, _count).CopyTo(larger);
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        _bytes = larger;
        return true;
    }
}

internal enum ReceiveOutcome
{
    Received,

    /// <summary>More bytes than a request may have.</summary>
    TooLarge,

    /// <summary>All bodies together take too much memory now.</summary>
    NoMemory,
}
