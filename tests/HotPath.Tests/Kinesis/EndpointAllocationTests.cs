using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using HotPath.Engine.Agents;
using HotPath.Engine.Decode;
using HotPath.Engine.Journal;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;
using HotPath.Kinesis;
using HotPath.TestKit;
using Xunit.Abstractions;

namespace HotPath.Tests.Kinesis;

/// <summary>Counts what the whole process allocates, so nothing else may run.</summary>
[CollectionDefinition(nameof(WholeProcess), DisableParallelization = true)]
public sealed class WholeProcess;

/// <summary>
/// The whole way of signed PutRecords calls over a socket: server, signature, decoder, ring and journal's signal, answer.
/// </summary>
[Collection(nameof(WholeProcess))]
public sealed class EndpointAllocationTests(ITestOutputHelper output)
{
    private const string KeyId = "HPALLOCATION";
    private const string Secret = "an invented secret";
    private const int FewRecords = 100;
    private const int ManyRecords = 500;

    /// <summary>Bytes for a call whatever its records: the strings of its headers, and the states of what it awaits.</summary>
    private const int CallBytesMax = 4_096;

    private const int CallsPerRound = 100;
    private const int RoundsMax = 100;

    [Fact]
    public async Task A_record_allocates_nothing_from_socket_to_answer_and_a_call_what_is_said()
    {
        using var directory = new TemporaryDirectory();
        var keysPath = directory.Combine("keys");
        await File.WriteAllTextAsync(keysPath, $"[test]\naws_access_key_id = {KeyId}\naws_secret_access_key = {Secret}\n");
        using var journal = new SignalledJournal();
        await using var endpoint = new KinesisEndpoint(
            new KinesisOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0), KeysPath = keysPath },
            new KinesisParts(journal.Names, journal.NewIntake, journal.Gate, new SystemClock()));
        await endpoint.StartAsync(CancellationToken.None);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endpoint.LocalEndPoint);
        var few = Request(FewRecords, endpoint.LocalEndPoint.ToString());
        var many = Request(ManyRecords, endpoint.LocalEndPoint.ToString());
        var answer = new byte[256 * 1024];

        // The least of many rounds: whatever else the process does now and then comes on top of a round.
        var (fewBytes, manyBytes) = (double.MaxValue, double.MaxValue);
        for (var round = 0; round < RoundsMax && !IsAsSaid(fewBytes, manyBytes); round++)
        {
            fewBytes = Math.Min(fewBytes, BytesPerCall(socket, few, FewRecords, answer));
            manyBytes = Math.Min(manyBytes, BytesPerCall(socket, many, ManyRecords, answer));
        }

        output.WriteLine($"a call of {FewRecords}: {fewBytes} B, of {ManyRecords}: {manyBytes} B");
        Assert.True(IsAsSaid(fewBytes, manyBytes), $"a call of {FewRecords}: {fewBytes} B, of {ManyRecords}: {manyBytes} B");
        Assert.Equal(endpoint.Counters.Records, endpoint.Counters.ReadingsAccepted);
        Assert.Equal(0, endpoint.Counters.ReadingsRejected);
        await endpoint.StopAsync(CancellationToken.None);
    }

    /// <summary>
    /// Four hundred more records may add less than a byte each, for what the server's clock and the test's host allocate
    /// meanwhile; one object for every record would be 24 at least.
    /// </summary>
    private static bool IsAsSaid(double fewBytes, double manyBytes) =>
        manyBytes <= CallBytesMax && manyBytes - fewBytes < ManyRecords - FewRecords;

    private static double BytesPerCall(Socket socket, byte[] request, int records, byte[] answer)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var call = 0; call < CallsPerRound; call++)
        {
            for (var sent = 0; sent < request.Length;)
            {
                sent += socket.Send(request.AsSpan(sent));
            }

            Assert.Equal(records, RecordsAnswered(socket, answer));
        }

        return (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)CallsPerRound;
    }

    private static int RecordsAnswered(Socket socket, byte[] answer)
    {
        var count = 0;
        while (count < 2 || !answer.AsSpan(0, count).EndsWith("]}"u8))
        {
            var received = socket.Receive(answer.AsSpan(count));
            Assert.NotEqual(0, received);
            count += received;
        }

        Assert.True(answer.AsSpan(0, count).StartsWith("HTTP/1.1 200"u8));
        return answer.AsSpan(0, count).Count("\"SequenceNumber\""u8);
    }

    private static byte[] Request(int records, string host)
    {
        const string Target = "Kinesis_20131202.PutRecords";
        var body = JsonSerializer.SerializeToUtf8Bytes(new
        {
            StreamName = "readings",
            Records = Enumerable.Range(0, records).Select(index => new
            {
                Data = Encoding.UTF8.GetBytes(
                    $$"""{"version":1,"timestamp":{{1_767_323_045_000 + index}},"equipmentId":"press-{{index % 40}}","tag":"temperature","value":{{index}}.5}"""),
                PartitionKey = $"line-{index % 70}",
            }),
        });
        var date = DateTime.UtcNow.ToString("yyyyMMdd'T'HHmmss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        (string Name, string Value)[] headers =
            [("content-type", EndpointUnderTest.JsonType), ("host", host), ("x-amz-date", date), ("x-amz-target", Target)];
        var authorization = new RequestSigner(KeyId, Secret, "eu-central-1").Authorization("POST", "/", headers, body, date);
        var head = new StringBuilder("POST / HTTP/1.1\r\n");
        foreach (var (name, value) in headers)
        {
            head.Append(name).Append(": ").Append(value).Append("\r\n");
        }

        head.Append("authorization: ").Append(authorization).Append("\r\ncontent-length: ").Append(body.Length).Append("\r\n\r\n");
        return [.. Encoding.ASCII.GetBytes(head.ToString()), .. body];
    }

    /// <summary>A journal that syncs nothing: a thread says that what was published is durable, so that every call waits.</summary>
    private sealed class SignalledJournal : IDisposable
    {
        private readonly NameTables _names = new();
        private readonly DurableSignal _durable = new(-1);
        private readonly AutoResetEvent _published = new(false);
        private readonly DurableGate _gate;
        private readonly Thread _thread;
        private long _lsnNext;
        private volatile bool _isClosed;

        public SignalledJournal()
        {
            _gate = new DurableGate(_durable);
            _gate.Start();
            _thread = new Thread(Turn) { IsBackground = true };
            _thread.Start();
        }

        public NameTables Names => _names;

        public IDurableWait Gate => _gate;

        public IIntake NewIntake() => new Intake(this);

        public void Dispose()
        {
            _isClosed = true;
            _published.Set();
            _thread.Join();
            _gate.Dispose();
            _durable.Dispose();
            _published.Dispose();
        }

        private void Turn()
        {
            while (!_isClosed)
            {
                _published.WaitOne();
                _durable.Publish(Volatile.Read(ref _lsnNext) - 1);
            }
        }

        private sealed class Intake(SignalledJournal journal) : IIntake
        {
            private readonly RecordDecoder _decoder = new(journal._names, new NameQuota());

            public void BeginCall(long bytes) => _decoder.BeginCall(bytes);

            public bool Decode(ReadOnlySpan<byte> record, in RecordOrigin origin, StagingBlock into) =>
                _decoder.Decode(record, origin, into);

            public PublishOutcome TryPublish(StagingBlock block, out long lsnFirst)
            {
                lsnFirst = Interlocked.Add(ref journal._lsnNext, block.Count) - block.Count;
                journal._published.Set();
                return PublishOutcome.Published;
            }

            public void Dispose() => _decoder.Dispose();
        }
    }
}
