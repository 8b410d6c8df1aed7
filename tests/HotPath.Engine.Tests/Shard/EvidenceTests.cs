using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using HotPath.Engine.Ledger;
using HotPath.Engine.Names;
using HotPath.Engine.Replay;
using HotPath.Engine.Ring;
using HotPath.Engine.Rules;
using HotPath.Engine.Shard;
using HotPath.TestKit.Reference;

namespace HotPath.Engine.Tests.Shard;

public sealed class EvidenceTests
{
    private const string Rules = """
        version: 1
        rules:
          - id: state
            staleAfter: 30s
            groups:
              - name: operation
                cases: [{ state: ACTIVE, when: mode == "RUN" }]
                else: STOPPED
                unknown: NO_DATA
              - name: process
                weight: 20
                cases: [{ state: HOT, when: t > 80 and ok, until: t < 70, for: 2s, reason: heat }]
        """;

    [Fact]
    public void A_transition_says_what_was_known_when_it_was_made()
    {
        var evidence = EvidenceOf(
            """{"timestamp":1000,"equipmentId":"m","tag":"mode","value":"RUN","meta":{"sourceId":"plc"}}""",
            """{"timestamp":2000,"equipmentId":"m","tag":"t","value":81.5,"quality":"uncertain","meta":{"sourceId":"plc"}}""",
            """{"timestamp":3000,"equipmentId":"m","tag":"ok","value":true,"meta":{"sourceId":"gw"}}""",
            """{"timestamp":5500,"equipmentId":"m","tag":"mode","value":"SETUP","meta":{"sourceId":"plc"}}""",
            """{"timestamp":6000,"equipmentId":"m","tag":"other","value":1,"meta":{"sourceId":"gw"}}""");

        Assert.Equal(2, evidence.Count);
        Assert.Equal(
            """
            {"rule":"state","ruleVersion":1,"group":"process","case":0,"state":"HOT","when":"t > 80 and ok","until":"t < 70","for":"2s",
            "tags":[{"tag":"t","value":81.5,"quality":"uncertain","at":2000000,"source":"plc"},{"tag":"ok","value":true,"quality":"good","at":3000000,"source":"gw"}],
            "cases":[{"group":"operation","state":"ACTIVE","when":true,"met":true,"satisfied":true,"since":1000000},{"group":"process","state":"HOT","when":true,"met":true,"satisfied":true,"since":3000000}],
            "groups":[{"group":"operation","weight":0,"report":"ACTIVE"},{"group":"process","weight":20,"report":"HOT"}],
            "watermark":5500000,"heldBy":"plc"}
            """.Replace("\n", "", StringComparison.Ordinal),
            evidence[1]);
    }

    [Fact]
    public void Where_no_case_won_the_tags_of_the_group_are_shown()
    {
        var evidence = EvidenceOf(
            """{"timestamp":1000,"equipmentId":"m","tag":"mode","value":null}""");

        var shown = JsonDocument.Parse(Assert.Single(evidence)).RootElement;
        Assert.Equal("operation", shown.GetProperty("group").GetString());
        Assert.False(shown.TryGetProperty("when", out _));
        Assert.Equal(
            """[{"tag":"mode","value":null,"quality":"bad","at":1000000,"source":""}]""",
            shown.GetProperty("tags").GetRawText());
    }

    [Fact]
    public void Evidence_that_is_cut_short_is_an_empty_object()
    {
        var into = new ArrayBufferWriter<byte>();
        var names = new NameTables();

        Evidence.WriteJson(new byte[50], names, new RuleCatalog(names), into);

        Assert.Equal("{}", Encoding.UTF8.GetString(into.WrittenSpan));
    }

    private static List<string> EvidenceOf(params string[] lines)
    {
        var names = new NameTables();
        var evidence = new List<byte[]>();
        using var run = new ReplayRun(names, 1, 16, new TimeOptions(), record =>
        {
            if (MemoryMarshal.Read<LedgerRecordHead>(record).Kind == LedgerRecordKind.Transition)
            {
                var body = record[LedgerRecordHead.SizeBytes..];
                var transition = MemoryMarshal.Read<TransitionBody>(body);
                evidence.Add(body.Slice(TransitionBody.SizeBytes, transition.EvidenceBytes).ToArray());
            }
        });
        Assert.True(RuleDocument.TryParse(Rules, out var document, out var faults), string.Join("\n", faults));
        Assert.True(run.TryAddRules(document, Slot.NoNumber, out _));
        var reader = new PlainLineReader(names, 1_000);
        foreach (var line in lines)
        {
            Assert.True(reader.TryRead(JsonDocument.Parse(line).RootElement, out var slot, out _, out var refusal), refusal);
            run.Add(slot);
        }

        run.Finish();
        return evidence.ConvertAll(bytes =>
        {
            var into = new ArrayBufferWriter<byte>();
            Evidence.WriteJson(bytes, names, run.Catalog, into);
            return Encoding.UTF8.GetString(into.WrittenSpan)
                .Replace("\\u003E", ">", StringComparison.Ordinal).Replace("\\u003C", "<", StringComparison.Ordinal).Replace("\\u0022", "\\\"", StringComparison.Ordinal);
        });
    }
}
