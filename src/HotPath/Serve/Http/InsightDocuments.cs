using HotPath.Engine.Names;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules.Compiled;
using HotPath.Engine.Shard;
using HotPath.Engine.Shard.Asking;

namespace HotPath.Serve.Http;

/// <summary>What a shard said of a machine, in words.</summary>
internal static class InsightDocuments
{
    public static InsightDocument Of(MachineInquiry inquiry, ServeContext serve)
    {
        var names = serve.Names;
        long? watermark = inquiry.WatermarkMicros == Machine.Never ? null : inquiry.WatermarkMicros;
        var armed = new List<ArmedDocument>();
        foreach (ref readonly var timer in inquiry.Timers)
        {
            armed.Add(Armed(timer, inquiry.Class!, watermark, serve));
        }

        var tags = new List<TagDocument>();
        foreach (ref readonly var tag in inquiry.Tags)
        {
            tags.Add(Tag(tag, names));
        }

        var sources = new List<string>();
        foreach (var source in inquiry.Sources)
        {
            sources.Add(names.Sources.Text(source));
        }

        armed.Sort((a, b) => a.At.CompareTo(b.At));
        tags.Sort((a, b) => string.CompareOrdinal(a.Tag, b.Tag));
        return new InsightDocument(
            Documents.TimeOrNull(watermark),
            watermark is { } some && inquiry.ArrivalMicros != ArrivalClock.None ? (inquiry.ArrivalMicros - some) / 1e6 : null,
            inquiry.Holder < 0 ? null : names.Sources.Text(inquiry.Holder),
            inquiry.WaitingCount,
            armed,
            inquiry.TimerCount,
            tags,
            inquiry.TagCount,
            sources);
    }

    private static ArmedDocument Armed(in ArmedTimer timer, MachineClass machineClass, long? watermark, ServeContext serve)
    {
        var documents = serve.Documents;
        var (since, at) = (Documents.Time(timer.SinceMicros), Documents.Time(timer.AtMicros));
        double? inSeconds = watermark is { } some ? (timer.AtMicros - some) / 1e6 : null;
        switch (timer.Sort)
        {
            case TimerSort.Case:
                ref readonly var part = ref machineClass.Cases[timer.Index];
                return new ArmedDocument(
                    timer.IsMet ? "hold" : "clear",
                    documents.Word(machineClass.RuleParts[part.Rule].Word),
                    documents.Word(part.StateWord),
                    documents.Word(part.ReasonWord),
                    null, since, at, inSeconds);
            case TimerSort.Limit:
                var tag = machineClass.Tags[machineClass.Limits[timer.Index].Tag].TagIndex;
                return new ArmedDocument("stale", null, null, null, serve.Names.Tags.Text(tag), since, at, inSeconds);
            default:
                return new ArmedDocument(
                    "announcement", documents.Word(machineClass.RuleParts[timer.Index].Word), null, null, null, since, at, inSeconds);
        }
    }

    private static TagDocument Tag(in TagFact tag, NameTables names) => new(
        names.Tags.Text(tag.TagIndex),
        Documents.Time(tag.SeenAtMicros),
        tag.ValueKind == ValueKind.Number ? BitConverter.Int64BitsToDouble(tag.ValueBits) : null,
        tag.ValueKind == ValueKind.Symbol ? names.Symbols.Text((int)tag.ValueBits) : null,
        tag.ValueKind == ValueKind.Bool ? tag.ValueBits != 0 : null,
        tag.Quality switch
        {
            Quality.Good => "good",
            Quality.Uncertain => "uncertain",
            _ => "bad",
        },
        names.Sources.Text(tag.SourceIndex),
        tag.IsRead);
}
