using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using HotPath.Engine.Ring;
using HotPath.Sink.Rows;

namespace HotPath.Demo;

/// <summary>The books as one line of JSON, or for people.</summary>
internal static class DemoText
{
    public static string Json(DemoBooks books)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            WriteBooks(json, books);
            WriteTruth(json, books.Truth);
            json.WriteStartObject("rows");
            foreach (var (table, rows) in books.Rows)
            {
                json.WriteNumber(table, rows);
            }

            json.WriteEndObject();
            json.WriteNumber("seconds", Math.Round(books.Seconds, 3));
            json.WriteNumber("readingsPerSecond", Math.Round(books.ReadingsPerSecond));
            json.WriteNumber("cpuNanosPerReading", Math.Round(books.CpuNanosPerReading));
            json.WriteNumber("allocatedBytesPerReading", Math.Round(books.AllocatedBytesPerReading, 4));
            json.WriteBoolean("balanced", books.IsBalanced);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static string Table(DemoBooks books)
    {
        var text = new StringBuilder();
        void Line(string name, long value, string remark = "") =>
            text.AppendLine(string.Create(CultureInfo.InvariantCulture, $"  {name,-22}{value,15:N0}  {remark}").TrimEnd());

        var engine = books.Engine;
        text.AppendLine("The books");
        Line("sent", books.Sent);
        Line("received", engine.Received, "= sent - lost");
        Line("lost", engine.LostNetwork - engine.Recovered, "as frames tell");
        Line("accepted", engine.Accepted, "= received - rejected");
        Line("rejected", engine.Rejected);
        Line("stored", engine.Stored, "= accepted - duplicate - future");
        Line("duplicate", engine.Duplicate);
        Line("future", engine.Future);
        text.AppendLine("The truth");
        Line("transitions expected", books.Truth.TransitionsExpected);
        Line("transitions found", books.Truth.TransitionsFound);
        Line("downtimes expected", books.Truth.DowntimesExpected);
        Line("downtimes found", books.Truth.DowntimesFound);
        text.AppendLine("Rows");
        foreach (var (table, rows) in books.Rows)
        {
            Line(table, rows);
        }

        text.AppendLine(CultureInfo.InvariantCulture, $"{books.ReadingsPerSecond:N0} readings/s into the tables, {books.CpuNanosPerReading:N0} ns of CPU a reading");
        foreach (var row in books.Truth.Missing)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"missing: {row}");
        }

        foreach (var row in books.Truth.Unexpected)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"not expected: {row}");
        }

        return text.Append(Verdict(books)).ToString();
    }

    private static string Verdict(DemoBooks books) => (books.IsBalanced, books.Truth.NotComparable) switch
    {
        (false, _) => "The books do not balance.",
        (true, { } why) => $"The books balance; the truth cannot be compared: {why}.",
        _ => books.Truth.IsEqual ? "The books balance, and the downtimes are the true ones." : "The books balance, but the downtimes are not the true ones.",
    };

    private static void WriteBooks(Utf8JsonWriter json, DemoBooks books)
    {
        var engine = books.Engine;
        json.WriteNumber("sent", books.Sent);
        json.WriteNumber("acknowledged", books.Acknowledged);
        json.WriteNumber("received", engine.Received);
        json.WriteStartObject("lost");
        json.WriteNumber("readings", engine.LostNetwork - engine.Recovered);
        json.WriteNumber("kernelDatagrams", engine.LostKernel);
        json.WriteEndObject();
        json.WriteNumber("accepted", engine.Accepted);
        json.WriteStartObject("rejected");
        for (var reason = 0; reason < engine.RejectedByReason.Length; reason++)
        {
            if (engine.RejectedByReason[reason] > 0)
            {
                json.WriteNumber(SnakeCase.Of(((RejectReason)reason).ToString()), engine.RejectedByReason[reason]);
            }
        }

        json.WriteEndObject();
        json.WriteNumber("stored", engine.Stored);
        json.WriteNumber("late", engine.Late);
        json.WriteNumber("duplicate", engine.Duplicate);
        json.WriteNumber("future", engine.Future);
    }

    private static void WriteTruth(Utf8JsonWriter json, TruthComparison truth)
    {
        json.WriteNumber("transitions", truth.TransitionsFound);
        json.WriteNumber("transitionsExpected", truth.TransitionsExpected);
        json.WriteNumber("downtimesExpected", truth.DowntimesExpected);
        json.WriteNumber("downtimesFound", truth.DowntimesFound);
        json.WriteBoolean("truthHolds", truth.IsEqual);
        if (truth.NotComparable is { } why)
        {
            json.WriteString("truthNotComparable", why);
        }
    }
}
