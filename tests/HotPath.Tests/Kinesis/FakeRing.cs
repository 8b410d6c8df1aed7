using System.Text;
using HotPath.Engine.Decode;
using HotPath.Engine.Ring;
using HotPath.Kinesis;

namespace HotPath.Tests.Kinesis;

/// <summary>A ring that keeps what was published. Shared by all calls of an endpoint; a record stages as many slots as it has lines.</summary>
internal sealed class FakeRing
{
    private readonly object _publishing = new();
    private readonly List<Published> _records = [];

    public long LsnNext { get; set; } = 1_000_000;

    public PublishOutcome Outcome { get; set; } = PublishOutcome.Published;

    /// <summary>Off for measuring: then nothing is kept.</summary>
    public bool KeepsRecords { get; set; } = true;

    public IReadOnlyList<Published> Records
    {
        get
        {
            lock (_publishing)
            {
                return [.. _records];
            }
        }
    }

    public IIntake NewIntake() => new Intake(this);

    private sealed class Intake(FakeRing ring) : IIntake
    {
        private readonly List<Published> _staged = [];

        public void BeginCall(long bytes)
        {
        }

        public bool Decode(ReadOnlySpan<byte> record, in RecordOrigin origin, StagingBlock into)
        {
            if (into.Count == 0)
            {
                _staged.Clear();
            }

            var slots = 1 + record.Count((byte)'\n');
            if (ring.KeepsRecords)
            {
                _staged.Add(new Published(Encoding.UTF8.GetString(record), origin, into.Count));
            }

            if (into.Count + slots > into.CountMax)
            {
                return false;
            }

            for (var slot = 0; slot < slots; slot++)
            {
                into.Add() = new Slot { Kind = SlotKind.Reading, SourceIndex = origin.SenderSourceIndex };
            }

            return true;
        }

        public void Dispose()
        {
        }

        public PublishOutcome TryPublish(StagingBlock block, out long lsnFirst)
        {
            lock (ring._publishing)
            {
                lsnFirst = ring.LsnNext;
                if (ring.Outcome == PublishOutcome.Published)
                {
                    ring.LsnNext += block.Count;
                    foreach (var record in _staged)
                    {
                        ring._records.Add(record with { Lsn = lsnFirst + record.Lsn });
                    }
                }

                return ring.Outcome;
            }
        }
    }
}

internal sealed record Published(string Text, RecordOrigin Origin, long Lsn);

/// <summary>A journal that a test moves.</summary>
internal sealed class FakeJournal : IDurableWait
{
    private TaskCompletionSource<bool>? _held;

    public long LsnAwaited { get; private set; }

    public TaskCompletionSource Awaited { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>From now on calls wait until <see cref="Release"/>.</summary>
    public void Hold() => _held = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release(bool isDurable) => _held!.SetResult(isDurable);

    public ValueTask<bool> WaitAsync(long lsn, CancellationToken cancellationToken)
    {
        LsnAwaited = lsn;
        Awaited.TrySetResult();
        return _held is null ? ValueTask.FromResult(true) : new ValueTask<bool>(_held.Task);
    }
}
