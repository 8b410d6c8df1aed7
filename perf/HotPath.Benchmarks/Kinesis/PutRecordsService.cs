using System.Net;
using HotPath.Engine.Agents;
using HotPath.Engine.Decode;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;
using HotPath.Kinesis;

namespace HotPath.Benchmarks.Kinesis;

/// <summary>
/// The real endpoint in this process, before a ring that takes everything or before ring and journal. Used by one thread.
/// </summary>
internal sealed class PutRecordsService : IAsyncDisposable
{
    private readonly string _keysPath;
    private readonly JournaledRing? _journaled;
    private readonly KinesisEndpoint _endpoint;

    private PutRecordsService(bool hasJournal)
    {
        _keysPath = Path.GetTempFileName();
        File.WriteAllText(
            _keysPath,
            $"[bench]\naws_access_key_id = {PutRecordsBody.AccessKeyId}\naws_secret_access_key = {PutRecordsBody.Secret}\n");
        var names = new NameTables();
        var quota = new NameQuota();
        var clock = new SystemClock();
        _journaled = hasJournal ? new JournaledRing(names, clock) : null;
        Func<IIntake> intakes = _journaled is { } ring ? ring.NewIntake : () => NewIntake(names, quota);
        _endpoint = new KinesisEndpoint(
            new KinesisOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0), KeysPath = _keysPath },
            new KinesisParts(names, intakes, _journaled?.Gate ?? new NoWait(), clock));
    }

    public IPEndPoint Address => _endpoint.LocalEndPoint;

    public long ReadingsAccepted => _endpoint.Counters.ReadingsAccepted;

    public long ReadingsRejected => _endpoint.Counters.ReadingsRejected;

    public static async Task<PutRecordsService> StartAsync(bool hasJournal)
    {
        var service = new PutRecordsService(hasJournal);
        await service._endpoint.StartAsync(CancellationToken.None);
        return service;
    }

    /// <summary>The engine's decoder before a ring that always has room.</summary>
    public static IIntake NewIntake(NameTables names, NameQuota quota) => new OpenRing(new RecordDecoder(names, quota));

    /// <summary>Takes no more calls; throws where the journal does not hold every reading that was accepted.</summary>
    public async Task StopAsync()
    {
        await _endpoint.StopAsync(CancellationToken.None);
        if (_journaled is not null && _journaled.CountSlots() is var slots && slots != ReadingsAccepted)
        {
            throw new InvalidOperationException($"{ReadingsAccepted} readings were accepted, {slots} stand in the journal.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _endpoint.DisposeAsync();
        _journaled?.Dispose();
        File.Delete(_keysPath);
    }

    internal sealed class NoWait : IDurableWait
    {
        public ValueTask<bool> WaitAsync(long lsn, CancellationToken cancellationToken) => ValueTask.FromResult(true);
    }

    private sealed class OpenRing(RecordDecoder decoder) : IIntake
    {
        private static long _lsnNext;

        public void BeginCall(long bytes) => decoder.BeginCall(bytes);

        public bool Decode(ReadOnlySpan<byte> record, in RecordOrigin origin, StagingBlock into) =>
            decoder.Decode(record, origin, into);

        public PublishOutcome TryPublish(StagingBlock block, out long lsnFirst)
        {
            lsnFirst = Interlocked.Add(ref _lsnNext, block.Count) - block.Count;
            return PublishOutcome.Published;
        }

        public void Dispose() => decoder.Dispose();
    }
}
