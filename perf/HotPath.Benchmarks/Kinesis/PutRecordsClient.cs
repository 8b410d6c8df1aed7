using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace HotPath.Benchmarks.Kinesis;

/// <summary>
/// Sends prepared requests over several connections, one call at a time on each, and counts the records that were answered
/// with a sequence number; any other answer ends it.
/// A process of its own, so that the service's CPU is the service's.
/// </summary>
internal static class PutRecordsClient
{
    public static async Task<int> RunAsync(IPEndPoint target, int connections, TimeSpan duration)
    {
        var since = Stopwatch.GetTimestamp();
        using var ending = new CancellationTokenSource(duration);
        var counts = await Task.WhenAll(
            Enumerable.Range(0, connections).Select(seed => Task.Run(() => SendAll(target, seed, ending.Token))));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{counts.Sum()} {Stopwatch.GetElapsedTime(since).TotalSeconds}"));
        return 0;
    }

    /// <returns>The records that were answered.</returns>
    private static long SendAll(IPEndPoint target, int seed, CancellationToken ending)
    {
        var request = PutRecordsBody.Request(seed, target.ToString());
        var answer = new byte[256 * 1024];
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(target);
        var records = 0L;
        while (!ending.IsCancellationRequested)
        {
            for (var sent = 0; sent < request.Length;)
            {
                sent += socket.Send(request.AsSpan(sent));
            }

            records += ReadAnswer(socket, answer);
        }

        return records;
    }

    private static int ReadAnswer(Socket socket, byte[] answer)
    {
        var count = 0;
        int headEnd;
        while ((headEnd = answer.AsSpan(0, count).IndexOf("\r\n\r\n"u8)) < 0)
        {
            count += Receive(socket, answer.AsSpan(count));
        }

        var head = answer.AsSpan(0, headEnd);
        if (!head.StartsWith("HTTP/1.1 200"u8))
        {
            throw new InvalidOperationException(System.Text.Encoding.ASCII.GetString(answer, 0, count));
        }

        var length = head[(head.IndexOf("Content-Length: "u8) + "Content-Length: ".Length)..];
        var end = length.IndexOf("\r\n"u8);
        var whole = headEnd + 4 + int.Parse(end < 0 ? length : length[..end], CultureInfo.InvariantCulture);
        while (count < whole)
        {
            count += Receive(socket, answer.AsSpan(count));
        }

        var body = answer.AsSpan(headEnd + 4, whole - headEnd - 4);
        var numbered = body.Count("\"SequenceNumber\""u8);
        return numbered == PutRecordsBody.RecordCount && body.IndexOf("\"FailedRecordCount\":0"u8) >= 0
            ? numbered
            : throw new InvalidOperationException(System.Text.Encoding.ASCII.GetString(body));
    }

    private static int Receive(Socket socket, Span<byte> into)
    {
        var count = socket.Receive(into);
        return count > 0 ? count : throw new InvalidOperationException("The endpoint closed the connection.");
    }
}
