using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using HotPath.LoadGenerator.Run;
using HotPath.LoadGenerator.Truth;

namespace HotPath.LoadGenerator.Cli;

/// <summary>Progress and result as one line of JSON each, and the result for people.</summary>
internal static class ProgressText
{
    private static readonly CultureInfo Words = CultureInfo.InvariantCulture;

    public static string ProgressLine(LoadProgress progress) => Line(json =>
    {
        json.WriteString("type"u8, "progress"u8);
        WriteCounts(json, progress);
        json.WriteBoolean("ended"u8, progress.HasEnded);
    });

    public static string ResultLine(LoadResult result) => Line(json =>
    {
        json.WriteString("type"u8, "result"u8);
        WriteCounts(json, result.Progress);
        WriteUdp(json, result.Progress.Udp);
        WriteKinesis(json, result.Progress.Kinesis);
        WriteGenerator(json, result.Progress);
        if (result.Truth is { } truth)
        {
            WriteTruth(json, truth);
        }
    });

    public static string ResultText(LoadResult result)
    {
        var (elapsed, udp, kinesis, file) = result.Progress;
        var sent = udp.Sent + kinesis.Sent + file.Sent;
        var text = new StringBuilder();
        text.Append(Words, $"sent {sent:N0} readings in {elapsed.TotalSeconds:F1} s: {sent / elapsed.TotalSeconds:N0}/s").AppendLine();
        if (udp.Offered > 0)
        {
            text.Append(Words, $"  UDP      {udp.Sent:N0} readings in {udp.Datagrams:N0} datagrams; withheld {udp.Withheld:N0}").AppendLine();
        }

        if (kinesis.Offered > 0)
        {
            text.Append(Words, $"  Kinesis  {kinesis.ReadingsAcknowledged:N0} readings acknowledged in {kinesis.Calls:N0} calls; "
                + $"sent again {kinesis.CallsResent:N0}").AppendLine();
        }

        text.Append("  held back by ").AppendLine(result.Progress.Limit switch
        {
            RunLimit.Pace => "the pace that was asked for",
            RunLimit.Receiver => "the receiver",
            _ => "the generator itself, which waited for nobody: a receiver may take more",
        });
        if (result.Truth is { } truth)
        {
            text.Append(Words, $"  truth    {truth.Distinct:N0} different readings, {truth.Transitions:N0} transitions, "
                + $"{truth.Downtimes:N0} downtimes").AppendLine();
            text.Append(truth.Holds ? "" : $"  the truth does not hold: {truth.Why}{Environment.NewLine}");
        }

        return text.ToString();
    }

    private static void WriteCounts(Utf8JsonWriter json, LoadProgress progress)
    {
        var (elapsed, udp, kinesis, file) = progress;
        json.WriteNumber("seconds"u8, Math.Round(elapsed.TotalSeconds, 3));
        json.WriteNumber("sent"u8, udp.Sent + kinesis.Sent + file.Sent);
        json.WriteNumber("udpSent"u8, udp.Sent);
        json.WriteNumber("udpDatagrams"u8, udp.Datagrams);
        json.WriteNumber("kinesisSent"u8, kinesis.Sent);
        json.WriteNumber("kinesisAcknowledged"u8, kinesis.ReadingsAcknowledged);
        json.WriteNumber("duplicates"u8, udp.Duplicates + kinesis.Duplicates + file.Duplicates);
        json.WriteNumber("withheld"u8, udp.Withheld);
        var eventMillis = Math.Max(udp.EventMillis, Math.Max(kinesis.EventMillis, file.EventMillis));
        json.WriteString("eventTime"u8, DateTimeOffset.FromUnixTimeMilliseconds(eventMillis));
    }

    private static void WriteUdp(Utf8JsonWriter json, LoadCounters udp)
    {
        json.WriteStartObject("udp"u8);
        json.WriteNumber("readings"u8, udp.Sent);
        json.WriteNumber("datagrams"u8, udp.Datagrams);
        json.WriteNumber("heartbeats"u8, udp.Heartbeats);
        json.WriteNumber("withheldReadings"u8, udp.Withheld);
        json.WriteNumber("withheldDatagrams"u8, udp.DatagramsWithheld);
        json.WriteNumber("repeatedReadings"u8, udp.Repeated);
        json.WriteNumber("repeatedDatagrams"u8, udp.DatagramsRepeated);
        json.WriteNumber("reorderedDatagrams"u8, udp.DatagramsReordered);
        json.WriteNumber("refusedDatagrams"u8, udp.DatagramsRefused);
        json.WriteNumber("unconfirmedDatagrams"u8, udp.DatagramsUnconfirmed);
        json.WriteEndObject();
    }

    private static void WriteKinesis(Utf8JsonWriter json, LoadCounters kinesis)
    {
        json.WriteStartObject("kinesis"u8);
        json.WriteNumber("readings"u8, kinesis.Sent);
        json.WriteNumber("acknowledgedReadings"u8, kinesis.ReadingsAcknowledged);
        json.WriteNumber("records"u8, kinesis.Records);
        json.WriteNumber("acknowledgedRecords"u8, kinesis.RecordsAcknowledged);
        json.WriteNumber("calls"u8, kinesis.Calls);
        json.WriteNumber("resentCalls"u8, kinesis.CallsResent);
        json.WriteNumber("unansweredCalls"u8, kinesis.CallsUnanswered);
        json.WriteNumber("resentRecords"u8, kinesis.RecordsResent);
        json.WriteEndObject();
    }

    /// <summary>What the generator itself used, whom it waited for, and what held it back.</summary>
    private static void WriteGenerator(Utf8JsonWriter json, LoadProgress progress)
    {
        var all = new LoadCounters();
        all.Add(progress.Udp);
        all.Add(progress.Kinesis);
        all.Add(progress.File);
        json.WriteStartObject("generator"u8);
        json.WriteString("limit"u8, progress.Limit);
        json.WriteNumber("cpuSeconds"u8, Math.Round(progress.CpuSeconds, 3));
        json.WriteNumber("feedCpuSeconds"u8, Math.Round(all.CpuNanos / 1e9, 6));
        json.WriteNumber("bytes"u8, all.Bytes);
        json.WriteNumber("paceWaitSeconds"u8, Math.Round((double)all.PaceWaitTicks / Stopwatch.Frequency, 3));
        json.WriteNumber("receiverWaitSeconds"u8, Math.Round((double)all.ReceiverWaitTicks / Stopwatch.Frequency, 3));
        json.WriteEndObject();
    }

    private static void WriteTruth(Utf8JsonWriter json, TruthSummary truth)
    {
        json.WriteStartObject("truth"u8);
        json.WriteNumber("distinct"u8, truth.Distinct);
        json.WriteNumber("rows"u8, truth.Rows);
        json.WriteNumber("duplicates"u8, truth.Duplicates);
        json.WriteNumber("transitions"u8, truth.Transitions);
        json.WriteNumber("downtimes"u8, truth.Downtimes);
        json.WriteNumber("downtimeRows"u8, truth.DowntimeRows);
        json.WriteBoolean("holds"u8, truth.Holds);
        json.WriteString("why"u8, truth.Why);
        json.WriteEndObject();
    }

    private static string Line(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
