using System.Text;
using HotPath.Engine.Decode;
using HotPath.TestKit.Decode;

namespace HotPath.Engine.Tests.Decode;

/// <summary>
/// One decoder reads both encodings. Sets of flags were recalled by their bytes whatever the encoding, so that in
/// MessagePack the number 91, which is JSON's bracket, was read as an array that a JSON reading had had before.
/// </summary>
public sealed class FlagSetsTests
{
    private const string Json =
        """{"version":1,"timestamp":1700000000123,"equipmentId":"m1","tag":"t","value":13.45,"quality":"Ok","meta":{"sequenceNumber":123,"flags":[],"createdAt":12345690,"sourceId":"g1"}}""";

    [Fact]
    public void A_number_of_MessagePack_is_no_array_of_JSON()
    {
        var sound = Pack().Array(0).Integer(12345690).Text("g1").Bytes;
        var record = Pack().Raw((byte)'[', (byte)']').Integer(12345690).Text("g1").Bytes;

        AreSame(Encoding.ASCII.GetBytes(Json), sound, record);
    }

    /// <summary>Here no number, but what is no UTF-8 and no JSON at all.</summary>
    [Fact]
    public void A_byte_of_JSON_is_no_array_of_MessagePack()
    {
        var sound = Pack().Array(0).Integer(12345690).Text("g1").Bytes;
        var record = Encoding.Latin1.GetBytes(Json.Replace("[]", "\u0090", StringComparison.Ordinal));

        AreSame(Encoding.ASCII.GetBytes(Json), sound, record);
    }

    private static PackBuilder Pack() => new PackBuilder().Array(10).Integer(1).Integer(1_700_000_000_123).Text("m1").Text("t")
        .Real(13.45).Integer(0).Integer(123);

    private static void AreSame(byte[] json, byte[] pack, byte[] record)
    {
        using var fast = new DecodeBench();
        using var slow = new DecodeBench(new RecordDecoderOptions { ReadsByGrammarAlone = true });
        for (var time = 0; time < 3; time++)
        {
            Assert.Equal(slow.Decode(json), fast.Decode(json));
            Assert.Equal(slow.Decode(pack), fast.Decode(pack));
        }

        Assert.Equal(slow.Decode(record), fast.Decode(record));
    }
}
