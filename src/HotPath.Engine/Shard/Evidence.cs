using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules;

namespace HotPath.Engine.Shard;

/// <summary>
/// Renders the evidence of a transition as JSON. Cold; any thread. Evidence of a format that it does not know, or that
/// is cut short, gives <c>{}</c>.
/// </summary>
/// <remarks>
/// <code>
/// {"rule":R,"ruleVersion":N,"group":G,"case":N,"state":S,"when":text,"until":text,"for":D,"clear":D,
///  "tags":[{"tag":T,"value":V,"quality":Q,"at":micros,"source":S,"stale":true}],
///  "windows":[{"function":F,"tag":T,"width":D,"value":N|null}],
///  "cases":[{"group":G,"state":S,"when":true|false|null,"met":B,"satisfied":B,"since":micros,"text":text,"until":text}],
///  "groups":[{"group":G,"weight":N,"report":S|null}],
///  "watermark":micros,"heldBy":source|null}
/// </code>
/// `case` counts from 0 within its group; group to clear are there only as far as a case or group won, tags to groups
/// only as long as the document has the rule. Where no case won, the cases that could have say their text.
/// </remarks>
internal static class Evidence
{
    public static void WriteJson(
        ReadOnlySpan<byte> evidence, NameTables names, RuleCatalog catalog, IBufferWriter<byte> into)
    {
        using var json = new Utf8JsonWriter(into, new JsonWriterOptions { SkipValidation = true });
        WriteJson(evidence, names, catalog, json);
    }

    public static void WriteJson(
        ReadOnlySpan<byte> evidence, NameTables names, RuleCatalog catalog, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        if (evidence.Length >= EvidenceHead.SizeBytes
            && MemoryMarshal.Read<EvidenceHead>(evidence) is { Format: EvidenceHead.CurrentFormat } head
            && evidence.Length >= SizeOf(head))
        {
            WriteParts(evidence, head, names, RuleOf(catalog, names, head), json);
        }

        json.WriteEndObject();
    }

    private static int SizeOf(in EvidenceHead head) =>
        WindowsAt(head) + (head.WindowCount * EvidenceWindow.SizeBytes);

    private static int WindowsAt(in EvidenceHead head) => TagsAt(head) + (head.TagCount * EvidenceTag.SizeBytes);

    private static int CasesAt(in EvidenceHead head) =>
        EvidenceHead.SizeBytes + (((head.GroupCount * sizeof(int)) + 7) & ~7);

    private static int TagsAt(in EvidenceHead head) => CasesAt(head) + (head.CaseCount * EvidenceCase.SizeBytes);

    private static Rule? RuleOf(RuleCatalog catalog, NameTables names, in EvidenceHead head)
    {
        var id = names.Words.Text(head.RuleWord);
        return catalog.TryGet(head.RuleVersion, out var compiled)
            ? compiled.Document.Rules.FirstOrDefault(rule => rule.Id == id)
            : null;
    }

    private static void WriteParts(
        ReadOnlySpan<byte> evidence, in EvidenceHead head, NameTables names, Rule? rule, Utf8JsonWriter json)
    {
        json.WriteString("rule"u8, names.Words.Utf8(head.RuleWord));
        json.WriteNumber("ruleVersion"u8, head.RuleVersion);
        if (rule is not null && head.GroupCount == rule.Groups.Count)
        {
            WriteWinner(head, rule, json);
        }

        WriteTags(MemoryMarshal.Cast<byte, EvidenceTag>(evidence.Slice(TagsAt(head), head.TagCount * EvidenceTag.SizeBytes)), names, json);
        WriteWindows(MemoryMarshal.Cast<byte, EvidenceWindow>(evidence[WindowsAt(head)..SizeOf(head)]), names, json);
        if (rule is not null && head.GroupCount == rule.Groups.Count)
        {
            WriteCases(MemoryMarshal.Cast<byte, EvidenceCase>(evidence[CasesAt(head)..TagsAt(head)]), head, rule, json);
            WriteGroups(MemoryMarshal.Cast<byte, int>(evidence[EvidenceHead.SizeBytes..]), rule, names, json);
        }

        json.WriteNumber("watermark"u8, head.WatermarkMicros);
        if (head.HolderSource >= 0)
        {
            json.WriteString("heldBy"u8, names.Sources.Utf8(head.HolderSource));
        }
        else
        {
            json.WriteNull("heldBy"u8);
        }
    }

    private static void WriteWinner(in EvidenceHead head, Rule rule, Utf8JsonWriter json)
    {
        if (head.Group < 0)
        {
            return;
        }

        json.WriteString("group"u8, rule.Groups[head.Group].Name);
        if (head.Case < 0)
        {
            return;
        }

        var place = head.Case - rule.Groups.Take(head.Group).Sum(group => group.Cases.Count);
        var won = rule.Groups[head.Group].Cases[place];
        json.WriteNumber("case"u8, place);
        json.WriteString("state"u8, won.State);
        json.WriteString("when"u8, won.When.Text);
        if (won.Until is not null)
        {
            json.WriteString("until"u8, won.Until.Text);
        }

        if (won.HoldMicros > 0)
        {
            json.WriteString("for"u8, Duration.Text(won.HoldMicros));
        }

        if (won.ClearMicros > 0)
        {
            json.WriteString("clear"u8, Duration.Text(won.ClearMicros));
        }
    }

    private static void WriteTags(ReadOnlySpan<EvidenceTag> tags, NameTables names, Utf8JsonWriter json)
    {
        json.WriteStartArray("tags"u8);
        foreach (ref readonly var tag in tags)
        {
            json.WriteStartObject();
            json.WriteString("tag"u8, names.Tags.Utf8(tag.TagIndex));
            if (tag.IsSeen)
            {
                WriteValue(tag, names, json);
                json.WriteString("quality"u8, tag.Quality switch
                {
                    Quality.Good => "good"u8,
                    Quality.Uncertain => "uncertain"u8,
                    _ => "bad"u8,
                });
                json.WriteNumber("at"u8, tag.SeenAtMicros);
                json.WriteString("source"u8, names.Sources.Utf8(tag.SourceIndex));
            }
            else
            {
                json.WriteNull("value"u8);
            }

            if (tag.IsStale)
            {
                json.WriteBoolean("stale"u8, true);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteValue(in EvidenceTag tag, NameTables names, Utf8JsonWriter json)
    {
        switch (tag.ValueKind)
        {
            case ValueKind.Number:
                json.WriteNumber("value"u8, BitConverter.Int64BitsToDouble(tag.ValueBits));
                break;
            case ValueKind.Symbol:
                json.WriteString("value"u8, names.Symbols.Utf8((int)tag.ValueBits));
                break;
            case ValueKind.Bool:
                json.WriteBoolean("value"u8, tag.ValueBits != 0);
                break;
            default:
                json.WriteNull("value"u8);
                break;
        }
    }

    private static void WriteWindows(ReadOnlySpan<EvidenceWindow> windows, NameTables names, Utf8JsonWriter json)
    {
        if (windows.IsEmpty)
        {
            return;
        }

        json.WriteStartArray("windows"u8);
        foreach (ref readonly var window in windows)
        {
            json.WriteStartObject();
            json.WriteString("function"u8, window.Function.ToString().ToLowerInvariant());
            json.WriteString("tag"u8, names.Tags.Utf8(window.TagIndex));
            json.WriteString("width"u8, Duration.Text(window.WidthMicros));
            if (window.IsKnown)
            {
                json.WriteNumber("value"u8, window.Value);
            }
            else
            {
                json.WriteNull("value"u8);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteCases(ReadOnlySpan<EvidenceCase> clocks, in EvidenceHead head, Rule rule, Utf8JsonWriter json)
    {
        json.WriteStartArray("cases"u8);
        var at = 0;
        for (var index = 0; index < rule.Groups.Count; index++)
        {
            var group = rule.Groups[index];
            var couldHaveWon = head.Case < 0 && (head.Group < 0 || head.Group == index);
            foreach (var ruleCase in group.Cases.Take(clocks.Length - at))
            {
                ref readonly var clock = ref clocks[at++];
                json.WriteStartObject();
                json.WriteString("group"u8, group.Name);
                json.WriteString("state"u8, ruleCase.State);
                if (clock.When == Kleene.Unknown)
                {
                    json.WriteNull("when"u8);
                }
                else
                {
                    json.WriteBoolean("when"u8, clock.When == Kleene.True);
                }

                json.WriteBoolean("met"u8, clock.IsMet);
                json.WriteBoolean("satisfied"u8, clock.IsSatisfied);
                json.WriteNumber("since"u8, clock.SinceMicros);
                if (couldHaveWon)
                {
                    json.WriteString("text"u8, ruleCase.When.Text);
                    if (ruleCase.Until is not null)
                    {
                        json.WriteString("until"u8, ruleCase.Until.Text);
                    }
                }

                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
    }

    private static void WriteGroups(ReadOnlySpan<int> reports, Rule rule, NameTables names, Utf8JsonWriter json)
    {
        json.WriteStartArray("groups"u8);
        for (var index = 0; index < rule.Groups.Count; index++)
        {
            json.WriteStartObject();
            json.WriteString("group"u8, rule.Groups[index].Name);
            json.WriteNumber("weight"u8, rule.Groups[index].Weight);
            if (reports[index] >= 0)
            {
                json.WriteString("report"u8, names.Words.Utf8(reports[index]));
            }
            else
            {
                json.WriteNull("report"u8);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
