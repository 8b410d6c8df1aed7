using System.Globalization;
using System.Text;
using HotPath.Engine.Decode;
using HotPath.Engine.Ring;
using HotPath.TestKit.Decode;

namespace HotPath.Engine.Tests.Decode;

/// <summary>The first form's own way at its edges, beside the grammar: ends of blocks and of memory, each byte of a record.</summary>
public sealed class JsonFirstFormTests : IDisposable
{
    private const string Usual =
        """{"version":1,"timestamp":1700000000123,"equipmentId":"#","tag":"t","value":13.45,"quality":"Ok","meta":{"sequenceNumber":123,"flags":["Fst","Lst"],"createdAt":12345690,"sourceId":"g1"}}""";

    private readonly DecodeBench _fast = new();
    private readonly DecodeBench _slow = new(new RecordDecoderOptions { ReadsByGrammarAlone = true });
    private readonly GuardedPage _page = new();

    public static TheoryData<string> Spellings => new()
    {
        Usual,
        """{"version":1,"timestamp":1700000000123,"equipmentId":"#","tag":"Kühlmittel","value":13.45,"quality":"Ok","meta":{"sequenceNumber":123,"flags":[],"createdAt":12345690,"sourceId":"Straße"}}""",
        """{"version": 1, "timestamp": 1700000000123, "equipmentId": "#", "tag": "t", "value": 13.45, "quality": "Ok", "meta": {"sequenceNumber": 123, "flags": [], "createdAt": 12345690, "sourceId": "g1"}}""",
        """{ "model" : 1 , "timestamp" : 1 , "equipmentId" : "#" , "tag" : "t" , "value" : 1 , "quality" : "Ok" , "meta" : { "sequenceNumber" : 1 , "flags" : [ ] , "createdAt" : 1 , "sourceId" : "g1" } }""",
    };

    public void Dispose()
    {
        _fast.Dispose();
        _slow.Dispose();
        _page.Dispose();
    }

    [Theory]
    [MemberData(nameof(Spellings))]
    public void A_record_of_any_length_means_what_the_grammar_says_at_the_end_of_memory_too(string spelling)
    {
        Learn(spelling);
        for (var nameBytes = 1; nameBytes <= 200; nameBytes++)
        {
            AreSame(Bytes(spelling, nameBytes));
        }
    }

    [Theory]
    [MemberData(nameof(Spellings))]
    public void Lengths_that_change_from_record_to_record_are_read_alike(string spelling)
    {
        Learn(spelling);
        for (var round = 0; round < 200; round++)
        {
            AreSame(Bytes(spelling, 1 + (round * 37 % 200)));
        }
    }

    /// <summary>Controls, quotes, escapes and whatever is no UTF-8, at each place; lengths around the end of a block.</summary>
    [Theory]
    [MemberData(nameof(Spellings))]
    public void Any_byte_at_any_place_is_judged_as_the_grammar_judges_it(string spelling)
    {
        Learn(spelling);
        byte[] strangers = [0x00, 0x0A, 0x1F, (byte)' ', (byte)'"', (byte)'0', (byte)'\\', (byte)'}', 0x7F, 0x80, 0xC3, 0xFF];
        foreach (var bytes in (int[])[255, 256, 257])
        {
            var record = Bytes(spelling, bytes - Encoding.UTF8.GetByteCount(spelling) + 1);
            Assert.Equal(bytes, record.Length);
            for (var place = 0; place < record.Length; place++)
            {
                var was = record[place];
                foreach (var stranger in strangers)
                {
                    record[place] = stranger;
                    AreSame(record);
                }

                record[place] = was;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Spellings))]
    public void A_record_that_is_cut_off_anywhere_is_refused_as_the_grammar_refuses_it(string spelling)
    {
        Learn(spelling);
        var record = Bytes(spelling, 62);
        for (var bytes = 1; bytes < record.Length; bytes++)
        {
            AreSame(record.AsSpan(0, bytes));
        }
    }

    /// <summary>Letters outside ASCII in what is known, in what is not, and in what means nothing; cut in their midst too.</summary>
    [Theory]
    [InlineData("\"Ok\"", "\"Nö\"")]
    [InlineData("\"Ok\"", "\"Okä\"")]
    [InlineData("\"Ok\"", "\"Ok\u00a0\"")]
    [InlineData("\"t\"", "\"t\u00a0\"")]
    [InlineData("13.45", "\"läuft\"")]
    [InlineData("\"tag\"", "\"wö\":1,\"tag\"")]
    [InlineData("\"tag\"", "\"wo\":\"Köln\",\"tag\"")]
    [InlineData("\"Fst\"", "\"Füß\"")]
    public void Text_must_be_UTF_8_wherever_it_stands(string what, string with)
    {
        Learn(Usual);
        var record = Encoding.UTF8.GetBytes(Usual.Replace(what, with, StringComparison.Ordinal));

        for (var time = 0; time < 3; time++)
        {
            AreSame(record);
            AreSame([.. record.Select((value, place) => value >= 0x80 && (place & 1) == (time & 1) ? (byte)'?' : value)]);
            AreSame([.. record.Where(value => value is < 0x80 or >= 0xC0)]);
            AreSame([.. record.Where(value => value is < 0xC0)]);
        }
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-0")]
    [InlineData("-0.0")]
    [InlineData("0.1")]
    [InlineData("-1.5")]
    [InlineData("12345678901234.5")]
    [InlineData("123456789012345")]
    [InlineData("0.12345678901234")]
    [InlineData("123456789.0123456")]
    [InlineData("1234567890123456")]
    [InlineData("12345678901234567")]
    [InlineData("9007199254740993")]
    [InlineData("0.30000000000000004")]
    [InlineData("1e5")]
    [InlineData("1E+5")]
    [InlineData("2.5e-8")]
    [InlineData("5e-324")]
    [InlineData("1.7976931348623157e308")]
    public void A_value_is_the_double_that_Parse_reads_to_the_last_bit(string number)
    {
        Learn(Usual);
        var record = Usual.Replace("13.45", number, StringComparison.Ordinal);

        AreSame(Encoding.UTF8.GetBytes(record));
        _fast.Block.Clear();
        _fast.Decoder.Decode(Encoding.UTF8.GetBytes(record), _fast.Origin, _fast.Block);
        Assert.Equal(
            BitConverter.DoubleToInt64Bits(double.Parse(number, CultureInfo.InvariantCulture)), _fast.Block.Slots[0].ValueBits);
    }

    /// <summary>Half of a block's bytes are quotes, and more: its places did not fit one store.</summary>
    [Fact]
    public void Strings_without_a_letter_are_read()
    {
        var record = """{"":"","":"","":"","":"","":"","":"","":"","":"","":"","":"","timestamp":1,"equipmentId":"m","tag":"t","value":1}""";
        Learn(record);

        AreSame(Encoding.UTF8.GetBytes(record));
        AreSame(Encoding.UTF8.GetBytes(record.Replace(",\"timestamp\"", "\"\",\"timestamp\"", StringComparison.Ordinal)));
    }

    private static byte[] Bytes(string spelling, int nameBytes) =>
        Encoding.UTF8.GetBytes(spelling.Replace("#", new string('m', nameBytes), StringComparison.Ordinal));

    private void Learn(string spelling)
    {
        for (var time = 0; time < 2; time++)
        {
            Assert.Equal(SlotKind.Reading, Assert.Single(_fast.Decode(spelling)).Kind);
            _slow.Decode(spelling);
        }
    }

    /// <summary>Twice, so that its names are known, if it is a reading; then where nothing may be read behind it.</summary>
    private void AreSame(ReadOnlySpan<byte> record)
    {
        var expected = _slow.Decode(record);

        Assert.Equal(expected, _fast.Decode(record));
        Assert.Equal(expected, _fast.Decode(_page.AtTheEnd(record)));
    }
}
