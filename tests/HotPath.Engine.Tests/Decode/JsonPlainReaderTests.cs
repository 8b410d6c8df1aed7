using System.Text;
using HotPath.Engine.Decode;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;
using HotPath.TestKit;
using HotPath.TestKit.Decode;
using Xunit.Abstractions;

namespace HotPath.Engine.Tests.Decode;

/// <summary>The fast ways beside the grammar: what they take means the same, and what they should not take they leave.</summary>
public sealed unsafe class JsonPlainReaderTests(ITestOutputHelper output)
{
    private const string First =
        """{"version":1,"timestamp":1700000000123,"equipmentId":"m1","tag":"t","value":13.45,"quality":"Ok","meta":{"sequenceNumber":123,"flags":["Fst","Lst"],"createdAt":12345690,"sourceId":"g1"}}""";

    /// <summary>Learnt first; then one that differs a little.</summary>
    public static TheoryData<string, string> Neighbours => new()
    {
        { First, First.Replace("13.45", "-0", StringComparison.Ordinal) },
        { First, First.Replace("13.45", "0.5", StringComparison.Ordinal) },
        { First, First.Replace("13.45", "00.5", StringComparison.Ordinal) },
        { First, First.Replace("13.45", "13.", StringComparison.Ordinal) },
        { First, First.Replace("13.45", ".5", StringComparison.Ordinal) },
        { First, First.Replace("13.45", "1.2.3", StringComparison.Ordinal) },
        { First, First.Replace("13.45", "-", StringComparison.Ordinal) },
        { First, First.Replace("13.45", "1e5", StringComparison.Ordinal) },
        { First, First.Replace("13.45", "123456789012.345678", StringComparison.Ordinal) },
        { First, First.Replace("13.45", "\"RUN\"", StringComparison.Ordinal) },
        { First, First.Replace("13.45", "\"\"", StringComparison.Ordinal) },
        { First, First.Replace("13.45", "true", StringComparison.Ordinal) },
        { First, First.Replace("13.45", "tru", StringComparison.Ordinal) },
        { First, First.Replace("13.45", "null", StringComparison.Ordinal) },
        { First, First.Replace("13.45", "[1]", StringComparison.Ordinal) },
        { First, First.Replace("\"Ok\"", "\"Bad\"", StringComparison.Ordinal) },
        { First, First.Replace("\"Ok\"", "2147483648", StringComparison.Ordinal) },
        { First, First.Replace(":1,", ":01,", StringComparison.Ordinal) },
        { First, First.Replace(":1,", ":2147483648,", StringComparison.Ordinal) },
        { First, First.Replace(":1,", ":,", StringComparison.Ordinal) },
        { First, First.Replace("1700000000123", "253402300800000", StringComparison.Ordinal) },
        { First, First.Replace("1700000000123", "1700000000123456", StringComparison.Ordinal) },
        { First, First.Replace("1700000000123", "\"2023-11-14T22:13:20Z\"", StringComparison.Ordinal) },
        { First, First.Replace("\"m1\"", "\" m1\"", StringComparison.Ordinal) },
        { First, First.Replace("\"m1\"", "\"\"", StringComparison.Ordinal) },
        { First, First.Replace("\"m1\"", "\"m\\u0031\"", StringComparison.Ordinal) },
        { First, First.Replace("\"m1\"", "\"\u00e9\"", StringComparison.Ordinal) },
        { First, First.Replace("\"m1\"", "\"" + new string('m', 63) + "\"", StringComparison.Ordinal) },
        { First, First.Replace("\"m1\"", "\"" + new string('m', 257) + "\"", StringComparison.Ordinal) },
        { First, First.Replace("\"t\"", "\":\"", StringComparison.Ordinal) },
        { First, First.Replace("[\"Fst\",\"Lst\"]", "[]", StringComparison.Ordinal) },
        { First, First.Replace("[\"Fst\",\"Lst\"]", "[\"Fst\" \"Lst\"]", StringComparison.Ordinal) },
        { First, First.Replace("\"quality\"", "\"tag\"", StringComparison.Ordinal) },
        { First, First.Replace("\"version\"", "\"revision\"", StringComparison.Ordinal) },
        { First, First.Replace("}}", "} }", StringComparison.Ordinal) },
        { First, First.Replace("}}", "},\"more\":{}}", StringComparison.Ordinal) },
        { First, First.Replace("}}", "}", StringComparison.Ordinal) },
        { First, First.Replace("}}", "}}}", StringComparison.Ordinal) },
        { First, First + First },
        { First, "[" + First + "," + First + "]" },
        { First, First + "\n" + First },
        { First, "{" + First },
    };

    [Theory]
    [MemberData(nameof(Neighbours))]
    public void A_neighbour_of_the_first_form_means_what_the_grammar_says(string learnt, string record) => AreSame(learnt, record);

    /// <summary>
    /// The first literal was compared where its first quote stood, not at the brace, so that an object in front of which
    /// a second brace stood was taken as a reading.
    /// </summary>
    [Theory]
    [InlineData(First)]
    [InlineData("""{"timestamp":1,"equipmentId":"m1","tag":"t","value":1}""")]
    public void A_reading_in_another_brace_is_no_reading(string record)
    {
        AreSame(record, "{" + record);
        AreSame(record, "{" + record + "}");
        AreSame(record, "{ " + record[1..]);
    }

    /// <summary>
    /// Behind the places of a record's quotes stood those of the record before: a last string without its closing quote
    /// ended where that one's did, and the record was taken as a reading.
    /// </summary>
    [Theory]
    [InlineData(First)]
    [InlineData("""{"timestamp":1,"value":1,"tag":"t","equipmentId":"m1"}""")]
    public void A_string_ends_at_its_own_quote_alone(string record)
    {
        var last = record.LastIndexOf('"');

        AreSame(record, record.Remove(last, 1).Insert(last, "!"));
    }

    /// <summary>
    /// An empty entry of the table of members has the name without a letter, and had the place of the version: a member
    /// without a name was taken as the version.
    /// </summary>
    [Fact]
    public void A_member_without_a_name_means_nothing()
    {
        AreSame(First, First.Replace("\"version\"", "\"\"", StringComparison.Ordinal));
        AreSame(First, First.Replace("\"tag\"", "\"\"", StringComparison.Ordinal));
        AreSame(First, First.Replace("\"sourceId\"", "\"\"", StringComparison.Ordinal));
    }

    /// <summary>
    /// A name behind the first byte that is not plain was followed to its value, which lay outside of what may be loaded:
    /// a record at the end of a page brought the process down.
    /// </summary>
    [Fact]
    public void Nothing_is_read_behind_a_record_at_the_end_of_a_page()
    {
        using var page = new GuardedPage();
        using var bench = new DecodeBench();
        foreach (var name in (string[])["\"\":", "\"a\":", "\"tag\":", "\":\""])
        {
            for (var bytes = 1; bytes < 300; bytes++)
            {
                var record = "{\"tag\":1,\\" + string.Concat(Enumerable.Repeat(name, bytes));
                bench.Decode(page.AtTheEnd(Encoding.ASCII.GetBytes(record).AsSpan(0, bytes)));
            }
        }

        for (var bytes = 1; bytes <= First.Length; bytes++)
        {
            bench.Decode(page.AtTheEnd(Encoding.ASCII.GetBytes(First).AsSpan(0, bytes)));
        }
    }

    [Fact]
    public void Members_in_any_order_with_any_spaces_and_strangers_among_them_mean_what_the_grammar_says()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var random = new Random(seed);
        using var fast = new DecodeBench();
        using var slow = new DecodeBench(new RecordDecoderOptions { ReadsByGrammarAlone = true });
        for (var index = 0; index < 20_000; index++)
        {
            var record = AnyOrder(random);

            Assert.Equal(slow.Decode(record), fast.Decode(record));
        }
    }

    [Fact]
    public void Names_are_found_one_by_one_as_by_vectors()
    {
        using var quotes = new JsonQuotes();
        var text = Encoding.ASCII.GetBytes(First + new string(' ', 200));
        fixed (byte* at = text)
        {
            quotes.Find(at, at + First.Length);

            // version, timestamp, equipmentId, tag, value, quality, meta, sequenceNumber, flags, createdAt, sourceId.
            var expected = new[] { 1, 3, 5, 9, 13, 15, 19, 21, 23, 29, 31 }.Aggregate(0UL, (ends, rank) => ends | (1UL << rank));
            Assert.Equal(expected, JsonMembers.NameEndsOneByOne(quotes));
            Assert.Equal(expected, JsonMembers.NameEnds(quotes));
        }
    }

    /// <summary>More members than are judged at once, known ones among the last; the same in an array, before a second object.</summary>
    [Fact]
    public void Members_up_to_the_most_that_are_judged_at_once_and_more_mean_what_the_grammar_says()
    {
        for (var strangers = 0; strangers < 24; strangers++)
        {
            var more = string.Concat(Enumerable.Range(0, strangers).Select(index => $"\"x{index}\":{index},"));
            var record = "{" + more + First[1..];

            AreSame(record, record);
            AreSame(record, First.Replace("\"tag\"", more + "\"tag\"", StringComparison.Ordinal));
            AreSame(record, First.Replace("\"flags\"", more + "\"flags\"", StringComparison.Ordinal));
            AreSame(record, "[" + record + "," + First + ", " + record + "]");
        }
    }

    /// <summary>Otherwise nothing here would say anything of them.</summary>
    [Theory]
    [InlineData(First)]
    [InlineData("""{"version":1,"timestamp":1,"equipmentId":"m1","tag":"Kühlmittel","value":1,"quality":"schlecht","meta":{"sequenceNumber":1,"flags":[],"createdAt":1,"sourceId":"g1"}}""")]
    [InlineData("""{ "tag": "t", "meta": {"sourceId":"g1","flags":["Fst","Lst"]}, "value": 1, "timestamp": 1, "equipmentId": "m1" }""")]
    [InlineData("""{"timestamp":1,"equipmentId":"m1","unit":"bar","tag":"t","value":true}""")]
    public void The_fast_ways_take_what_is_usual_once_its_names_are_known(string record)
    {
        using var bench = new DecodeBench();
        bench.Decode(record);
        using var stage = new ReadingStage(bench.Names, new NameQuota());
        using var json = new JsonDecoder(stage, new RecordDecoderOptions());
        using var plain = new JsonPlainReader(stage, readsReceivedAt: false);
        var bytes = Encoding.UTF8.GetBytes(record);
        fixed (byte* at = bytes)
        {
            // By the grammar first: it learns the sets of flags.
            stage.Begin(bench.Origin, bench.Block);
            json.Decode(at, at + bytes.Length);
            for (var time = 0; time < 3; time++)
            {
                Assert.True(plain.TryDecode(at, at + bytes.Length) == at + bytes.Length);
            }
        }
    }

    private static void AreSame(string learnt, string record)
    {
        using var fast = new DecodeBench();
        using var slow = new DecodeBench(new RecordDecoderOptions { ReadsByGrammarAlone = true });
        for (var time = 0; time < 3; time++)
        {
            Assert.Equal(SlotKind.Reading, Assert.Single(fast.Decode(learnt)).Kind);
            slow.Decode(learnt);

            // The second time its names are known, if it is a reading.
            Assert.Equal(slow.Decode(record), fast.Decode(record));
        }
    }

    private static string AnyOrder(Random random)
    {
        string[] meta =
        [
            $"\"sequenceNumber\":{random.Next(1000)}", "\"flags\":[\"Fst\"]", $"\"createdAt\": {random.Next()}", $"\"sourceId\":\"g{random.Next(3)}\"",
        ];
        string[] members =
        [
            $"\"version\":{random.Next(3)}", $"\"timestamp\": {random.NextInt64(1L << 42)}", $"\"equipmentId\":\"m{random.Next(3)}\"",
            $"\"tag\": \"t{random.Next(3)}\"", $"\"value\":{Value(random)}", "\"quality\": \"Ok\"", $"\"meta\":{Joined(random, meta)}",
            $"\"unit\": {Value(random)}", "\"line\":\"l\"", "\"flags\":7", "\"machine_id\":\"m\"",
        ];
        var record = Joined(random, members);
        return random.Next(10) == 0 ? record.Remove(random.Next(record.Length), 1) : record;
    }

    private static string Value(Random random) => random.Next(8) switch
    {
        0 => "true",
        1 => "\"RUN\"",
        2 => "\"a:b\"",
        3 => "\":\"",
        4 => random.Next(-100, 100).ToString(System.Globalization.CultureInfo.InvariantCulture),
        5 => "null",
        _ => (random.Next(-100_000, 100_000) / 100.0).ToString("R", System.Globalization.CultureInfo.InvariantCulture),
    };

    /// <summary>Some of the members, nearly always those that must be there, in any order.</summary>
    private static string Joined(Random random, string[] members)
    {
        string[] chosen = [.. members.Where((_, index) => index is >= 1 and <= 4 ? random.Next(40) > 0 : random.Next(3) > 0)];
        random.Shuffle(chosen);
        var comma = random.Next(3) == 0 ? " , " : random.Next(2) == 0 ? ", " : ",";
        var (open, close) = random.Next(2) == 0 ? ("{", "}") : ("{ ", " }");
        return open + string.Join(comma, chosen) + close;
    }
}
