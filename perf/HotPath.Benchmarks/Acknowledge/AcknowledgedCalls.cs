using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using HotPath.Benchmarks.EndToEnd;
using HotPath.Benchmarks.Kinesis;

namespace HotPath.Benchmarks.Acknowledge;

/// <summary>
/// Calls of PutRecords with readings that were never sent before, signed beforehand; each connection sends its next call
/// when the last was answered.
/// </summary>
internal sealed class AcknowledgedCalls(IPEndPoint target)
{
    private const long StartMs = 1_767_225_600_000;
    private const int Machines = 400;
    private static readonly byte[] NoneFailed = "\"FailedRecordCount\":0"u8.ToArray();

    private long _sequence;

    /// <summary>Readings acknowledged so far.</summary>
    public long Readings { get; private set; }

    /// <summary>Microseconds from the first byte of each call to the last of its answer, sorted.</summary>
    public double[] Measure(int connections, int callsEach, int recordsACall)
    {
        var requests = Enumerable.Range(0, connections)
            .Select(_ => Enumerable.Range(0, callsEach).Select(_ => Request(recordsACall)).ToArray())
            .ToArray();
        var micros = new double[connections * callsEach];
        Thread[] threads =
        [
            .. requests.Select((own, index) => new Thread(() => Send(own, micros.AsSpan(index * callsEach, callsEach)))),
        ];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Readings += (long)micros.Length * recordsACall;
        Array.Sort(micros);
        return micros;
    }

    private void Send(byte[][] requests, Span<double> micros)
    {
        var answer = new byte[256 * 1024];
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(target);
        for (var index = 0; index < requests.Length; index++)
        {
            var start = Stopwatch.GetTimestamp();
            var length = Call(socket, requests[index], answer);
            micros[index] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            if (answer.AsSpan(0, length).IndexOf(NoneFailed) < 0)
            {
                throw new InvalidOperationException($"Not acknowledged whole: {Encoding.ASCII.GetString(answer, 0, Math.Min(length, 2_000))}");
            }
        }
    }

    /// <summary>Sends and waits for the whole answer; its length, head and body.</summary>
    private static int Call(Socket socket, byte[] request, byte[] answer)
    {
        for (var sent = 0; sent < request.Length;)
        {
            sent += socket.Send(request.AsSpan(sent));
        }

        var (count, whole) = (0, int.MaxValue);
        while (count < whole)
        {
            var received = socket.Receive(answer.AsSpan(count));
            count += received > 0 ? received : throw new InvalidOperationException("The endpoint closed the connection.");
            var headEnd = answer.AsSpan(0, count).IndexOf("\r\n\r\n"u8);
            if (headEnd >= 0)
            {
                whole = headEnd + 4 + ContentLength(answer.AsSpan(0, headEnd + 2));
            }
        }

        return answer.AsSpan().StartsWith("HTTP/1.1 200"u8)
            ? count
            : throw new InvalidOperationException(Encoding.ASCII.GetString(answer, 0, count));
    }

    private static int ContentLength(ReadOnlySpan<byte> head)
    {
        var name = "Content-Length: "u8;
        var length = head[(head.IndexOf(name) + name.Length)..];
        return int.Parse(length[..length.IndexOf("\r\n"u8)], CultureInfo.InvariantCulture);
    }

    private byte[] Request(int records)
    {
        var text = new StringBuilder("{\"Records\":[");
        for (var record = 0; record < records; record++)
        {
            var sequence = _sequence++;
            var machine = sequence % Machines;
            var reading = string.Create(
                CultureInfo.InvariantCulture,
                $$$"""{"timestamp":{{{StartMs + (sequence / Machines * 100)}}},"equipmentId":"press-{{{machine:D4}}}","tag":"temperature","value":{{{60 + (sequence * 7 % 300 / 10.0)}}},"meta":{"sequenceNumber":{{{sequence}}},"sourceId":"line-3"}}""");
            text.Append(record == 0 ? "" : ",")
                .Append("{\"Data\":\"").Append(Convert.ToBase64String(Encoding.ASCII.GetBytes(reading)))
                .Append(CultureInfo.InvariantCulture, $"\",\"PartitionKey\":\"press-{machine:D4}\"}}");
        }

        var body = Encoding.ASCII.GetBytes(text.Append("],\"StreamName\":\"readings\"}").ToString());
        var head = PutRecordsBody.Head("PutRecords", body, target.ToString(), ServiceProcess.AccessKey, ServiceProcess.SecretKey);
        return [.. Encoding.ASCII.GetBytes(head), .. body];
    }
}
