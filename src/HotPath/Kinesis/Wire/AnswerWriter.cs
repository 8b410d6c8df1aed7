using System.Buffers;
using System.Formats.Cbor;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace HotPath.Kinesis.Wire;

/// <summary>
/// Writes an answer's members once for both encodings. One user at a time. For the calls that are rare; the answers to
/// PutRecord and PutRecords are written byte by byte.
/// </summary>
internal abstract class AnswerWriter
{
    public static AnswerWriter For(WireFormat format) => format == WireFormat.Cbor ? new Cbor() : new Json();

    public abstract void StartMap();

    public abstract void EndMap();

    public abstract void StartList();

    public abstract void EndList();

    public abstract void Name(string name);

    public abstract void Value(string text);

    public abstract void Value(long number);

    public abstract void Value(bool yes);

    /// <summary>JSON: base64. CBOR: a byte string.</summary>
    public abstract void Value(ReadOnlySpan<byte> blob);

    /// <summary>JSON: seconds with three decimals. CBOR: milliseconds, tagged, as the Java SDKs read them.</summary>
    public abstract void Timestamp(long millis);

    /// <summary>What was written; empty when nothing was.</summary>
    public abstract ReadOnlyMemory<byte> Finish();

    public void Member(string name, string text)
    {
        Name(name);
        Value(text);
    }

    public void Member(string name, long number)
    {
        Name(name);
        Value(number);
    }

    public void Member(string name, bool yes)
    {
        Name(name);
        Value(yes);
    }

#pragma warning disable CA1001 // The writer writes into managed memory and is flushed at the end: nothing to dispose of.
    private sealed class Json : AnswerWriter
#pragma warning restore CA1001
    {
        private readonly ArrayBufferWriter<byte> _bytes = new(1024);
        private readonly Utf8JsonWriter _writer;

        public Json()
        {
            _writer = new Utf8JsonWriter(
                _bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        }

        public override void StartMap() => _writer.WriteStartObject();

        public override void EndMap() => _writer.WriteEndObject();

        public override void StartList() => _writer.WriteStartArray();

        public override void EndList() => _writer.WriteEndArray();

        public override void Name(string name) => _writer.WritePropertyName(name);

        public override void Value(string text) => _writer.WriteStringValue(text);

        public override void Value(long number) => _writer.WriteNumberValue(number);

        public override void Value(bool yes) => _writer.WriteBooleanValue(yes);

        public override void Value(ReadOnlySpan<byte> blob) => _writer.WriteBase64StringValue(blob);

        public override void Timestamp(long millis) => _writer.WriteNumberValue(millis / 1000m);

        public override ReadOnlyMemory<byte> Finish()
        {
            _writer.Flush();
            return _bytes.WrittenMemory;
        }
    }

    private sealed class Cbor : AnswerWriter
    {
        private readonly CborWriter _writer = new(CborConformanceMode.Lax, convertIndefiniteLengthEncodings: true);
        private bool _isEmpty = true;

        public override void StartMap()
        {
            _isEmpty = false;
            _writer.WriteStartMap(null);
        }

        public override void EndMap() => _writer.WriteEndMap();

        public override void StartList() => _writer.WriteStartArray(null);

        public override void EndList() => _writer.WriteEndArray();

        public override void Name(string name) => _writer.WriteTextString(name);

        public override void Value(string text) => _writer.WriteTextString(text);

        public override void Value(long number) => _writer.WriteInt64(number);

        public override void Value(bool yes) => _writer.WriteBoolean(yes);

        public override void Value(ReadOnlySpan<byte> blob) => _writer.WriteByteString(blob);

        public override void Timestamp(long millis)
        {
            _writer.WriteTag(CborTag.UnixTimeSeconds);
            _writer.WriteInt64(millis);
        }

        public override ReadOnlyMemory<byte> Finish() => _isEmpty ? default : _writer.Encode();
    }
}
