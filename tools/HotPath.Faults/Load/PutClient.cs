using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace HotPath.Faults.Load;

/// <summary>
/// A sender of PutRecords with machines of its own: one call at a time, and one that was not answered is sent again
/// until it is. Knows what was acknowledged. One task.
/// </summary>
internal sealed class PutClient : IDisposable
{
    public const int MachineCount = 3;

    /// <summary>A call that is sent again lies within the 128 readings among which a repeated one is a duplicate.</summary>
    private const int ReadingsPerMachineAndCall = 16;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly HttpClient _http;
    private readonly int _seed;

    public PutClient(int port, int seed, int index)
    {
        _seed = seed;
        Source = $"put-{index}";
        Machines = [.. Enumerable.Range(0, MachineCount).Select(machine => $"{Source}-{machine}")];
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(5) };
    }

    /// <summary>
    /// The negative control of every campaign with this client: a call counts as acknowledged once it was sent, as if
    /// the service answered before anything is safe.
    /// </summary>
    public bool IsCredulous { get; init; }

    public string Source { get; }

    public IReadOnlyList<string> Machines { get; }

    /// <summary>Calls that were answered with 200 and no failed record; calls are numbered from 0.</summary>
    public long CallsAcknowledged { get; private set; }

    /// <summary>When each of them was sent for the last time and when it was answered, microseconds since the epoch.</summary>
    public List<(long SentMicros, long AnsweredMicros)> Times { get; } = [];

    /// <summary>Calls that were sent again because no answer, or another one, came.</summary>
    public long CallsRepeated { get; private set; }

    /// <summary>A call may have been sent once more than acknowledged.</summary>
    public bool IsCallUnderWay { get; private set; }

    public static long ReadingsOf(long calls) => calls * MachineCount * ReadingsPerMachineAndCall;

    /// <summary>Readings of one machine in so many calls.</summary>
    public static long SequencesOf(long calls) => calls * ReadingsPerMachineAndCall;

    /// <summary>Sends until stopped; the call under way is finished, unless <paramref name="givingUp"/>.</summary>
    public async Task RunAsync(CancellationToken stop, CancellationToken givingUp)
    {
        while (!stop.IsCancellationRequested && !givingUp.IsCancellationRequested)
        {
            await SendAsync(givingUp);
            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    /// <summary>Sends so many further calls.</summary>
    public async Task SendAsync(long calls, CancellationToken givingUp)
    {
        for (var call = 0L; call < calls && !givingUp.IsCancellationRequested; call++)
        {
            await SendAsync(givingUp);
        }
    }

    public void Dispose() => _http.Dispose();

    private static long NowMicros => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private async Task SendAsync(CancellationToken givingUp)
    {
        var body = Body(CallsAcknowledged);
        IsCallUnderWay = true;
        var sentMicros = NowMicros;
        while (!await TrySendAsync(body, givingUp) && !IsCredulous)
        {
            if (givingUp.IsCancellationRequested)
            {
                return;
            }

            CallsRepeated++;
            await Task.Delay(Pause, CancellationToken.None);
            sentMicros = NowMicros;
        }

        Times.Add((sentMicros, NowMicros));
        CallsAcknowledged++;
        IsCallUnderWay = false;
    }

    private async Task<bool> TrySendAsync(byte[] body, CancellationToken givingUp)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-amz-json-1.1");
        request.Headers.TryAddWithoutValidation("X-Amz-Target", "Kinesis_20131202.PutRecords");
        request.Headers.TryAddWithoutValidation("X-Amz-Date", "20260101T000000Z");
        request.Headers.TryAddWithoutValidation(
            "Authorization",
            "AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=00");
        try
        {
            using var answer = await _http.SendAsync(request, givingUp);
            var text = await answer.Content.ReadAsByteArrayAsync(givingUp);

            // While the service is down its port may be somebody else's.
            return answer.IsSuccessStatusCode
                && JsonSerializer.Deserialize<JsonElement>(text) is { ValueKind: JsonValueKind.Object } json
                && json.TryGetProperty("FailedRecordCount", out var failed)
                && failed.GetInt32() == 0;
        }
        catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException or JsonException or IOException)
        {
            return false;
        }
    }

    private byte[] Body(long call)
    {
        var text = new StringBuilder("""{"StreamName":"readings","Records":[""");
        var first = call * ReadingsPerMachineAndCall;
        for (var sequence = first; sequence < first + ReadingsPerMachineAndCall; sequence++)
        {
            foreach (var machine in Machines)
            {
                var json = Plant.Reading(_seed, machine, sequence).ToJson(Source);
                text.Append(text[^1] == '[' ? "" : ",")
                    .Append("""{"PartitionKey":"k","Data":""" + '"')
                    .Append(Convert.ToBase64String(Encoding.UTF8.GetBytes(json)))
                    .Append("\"}");
            }
        }

        return Encoding.UTF8.GetBytes(text.Append("]}").ToString());
    }
}
