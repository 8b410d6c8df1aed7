using System.Globalization;
using System.Text.Json;
using HotPath.LoadGenerator.Plan;
using HotPath.LoadGenerator.Run;

namespace HotPath.LoadGenerator.Truth;

/// <summary>
/// Writes what must come out as NDJSON: per machine a line of type "readings", then its rows in the form and order of
/// `hotpath replay`, and at last a line of type "summary".
/// </summary>
internal static class TruthFile
{
    private const byte LineFeed = (byte)'\n';

    public static TruthSummary Write(string path, Plant plant, IEnumerable<Feed> feeds, LoadCounters counters)
    {
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, 1 << 16);
        return Write(stream, plant, feeds, counters);
    }

    public static TruthSummary Write(Stream stream, Plant plant, IEnumerable<Feed> feeds, LoadCounters counters)
    {
        using var json = new Utf8JsonWriter(stream);
        var summary = new TruthSummary
        {
            Sent = counters.Offered,
            Duplicates = counters.Duplicates,
            Rows = counters.Rows,
            OutOfOrdernessMillisMin = Math.Max(Math.Max(1, plant.Options.DisorderMillis), counters.ReorderedMillisMax + 1),
        };
        foreach (var machine in new Expectation(plant, feeds).Machines())
        {
            WriteMachine(json, machine);
            EndLine(json, stream);
            summary.Distinct += machine.Readings;
            foreach (var row in machine.Rows)
            {
                WriteRow(json, row);
                EndLine(json, stream);
                summary.Transitions += row.IsTransition ? 1 : 0;
                summary.DowntimeRows += row.IsTransition ? 0 : 1;
                summary.Downtimes += row is { IsTransition: false, End: not null } ? 1 : 0;
            }
        }

        summary.Why = WhyNot(plant.Options, counters, summary);
        WriteSummary(json, plant.Options, summary);
        EndLine(json, stream);
        return summary;
    }

    /// <summary>One row in the oracle's form.</summary>
    public static void WriteRow(Utf8JsonWriter json, ExpectedRow row)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, row.IsTransition ? "transition"u8 : "downtime"u8);
        json.WriteString("rule"u8, row.Rule);
        json.WriteString("equipment"u8, row.Equipment);
        if (row.IsTransition)
        {
            WriteTransition(json, row);
        }
        else
        {
            WriteDowntime(json, row);
        }

        json.WriteEndObject();
    }

    private static void WriteTransition(Utf8JsonWriter json, ExpectedRow row)
    {
        json.WriteString("from"u8, row.From);
        json.WriteString("to"u8, row.To);
        json.WriteNumber("at"u8, row.At);
        json.WriteNumber("since"u8, row.Since);
        json.WriteString("group"u8, row.Group);
        json.WriteString("cause"u8, row.Cause);
    }

    private static void WriteDowntime(Utf8JsonWriter json, ExpectedRow row)
    {
        json.WriteNumber("at"u8, row.At);
        json.WriteNumber("start"u8, row.Start);
        json.WriteNumber("ordinal"u8, row.Ordinal);
        if (row.End is { } end)
        {
            json.WriteNumber("end"u8, end);
        }
        else
        {
            json.WriteNull("end"u8);
        }

        json.WriteString("status"u8, row.End is null ? "open"u8 : "closed"u8);
        json.WriteString("category"u8, row.Category);
        if (row.Micro is { } micro)
        {
            json.WriteBoolean("micro"u8, micro);
        }
        else
        {
            json.WriteNull("micro"u8);
        }

        json.WriteString("state"u8, row.State);
        json.WriteString("reason"u8, row.Reason);
        json.WriteNumber("revision"u8, row.Revision);
    }

    private static void WriteMachine(Utf8JsonWriter json, ExpectedMachine machine)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "readings"u8);
        json.WriteString("equipment"u8, machine.Equipment);
        json.WriteNumber("distinct"u8, machine.Readings);
        json.WriteNumber("first"u8, machine.FirstMicros);
        json.WriteNumber("last"u8, machine.LastMicros);
        json.WriteEndObject();
    }

    private static void WriteSummary(Utf8JsonWriter json, PlanOptions options, TruthSummary summary)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "summary"u8);
        json.WriteNumber("equipment"u8, options.EquipmentCount);
        json.WriteNumber("sent"u8, summary.Sent);
        json.WriteNumber("distinct"u8, summary.Distinct);
        json.WriteNumber("duplicates"u8, summary.Duplicates);
        json.WriteNumber("transitions"u8, summary.Transitions);
        json.WriteNumber("downtimes"u8, summary.Downtimes);
        json.WriteNumber("downtimeRows"u8, summary.DowntimeRows);
        json.WriteNumber("rows"u8, summary.Rows);
        json.WriteNumber("outOfOrdernessMsMin"u8, summary.OutOfOrdernessMillisMin);
        json.WriteNumber("outOfOrdernessMsMax"u8, options.SettleMillis / 2);
        json.WriteBoolean("holds"u8, summary.Holds);
        json.WriteString("why"u8, summary.Why);
        json.WriteEndObject();
    }

    private static string? WhyNot(PlanOptions options, LoadCounters counters, TruthSummary summary)
    {
        if (counters.Withheld > 0)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{counters.Withheld} readings were withheld (--loss)");
        }

        if (counters.DatagramsRefused + counters.DatagramsUnconfirmed > 0)
        {
            return "the receiver did not confirm every datagram";
        }

        if (counters.RecordsResent > 0)
        {
            return "the endpoint refused single records, which then arrived behind later ones";
        }

        if (counters.CallsUnanswered > 0)
        {
            return "a call broke off without an answer: its records may be there twice";
        }

        return summary.Distinct + summary.Duplicates == summary.Sent
            ? null
            : "the plan was not sent to its end";
    }

    private static void EndLine(Utf8JsonWriter json, Stream stream)
    {
        json.Flush();
        stream.WriteByte(LineFeed);
        json.Reset();
    }
}

/// <summary>The truth in numbers.</summary>
internal sealed record TruthSummary
{
    public long Sent { get; set; }

    /// <summary>Different readings: rows that the table of readings must hold.</summary>
    public long Distinct { get; set; }

    public long Duplicates { get; set; }

    /// <summary>Different readings that went out: fewer where some were withheld.</summary>
    public long Rows { get; set; }

    /// <summary>By less than this every reading is late behind its gateway.</summary>
    public long OutOfOrdernessMillisMin { get; set; }

    public long Transitions { get; set; }

    /// <summary>Downtimes that were closed.</summary>
    public long Downtimes { get; set; }

    public long DowntimeRows { get; set; }

    /// <summary>Why the truth does not hold, or null.</summary>
    public string? Why { get; set; }

    public bool Holds => Why is null;
}
