namespace HotPath.Kinesis.Wire;

/// <summary>
/// A request's body as a tree, the same for JSON and CBOR. For the calls that are rare, and for saying exactly what is
/// wrong with one that is not; records in good order never become such values.
/// </summary>
internal abstract record WireValue
{
    public sealed record Null : WireValue
    {
        public static Null Instance { get; } = new();
    }

    public sealed record Bool(bool Value) : WireValue;

    /// <summary>A number; of a CBOR timestamp (tag 1) its milliseconds have become seconds.</summary>
    public sealed record Number(double Value) : WireValue;

    public sealed record Text(string Value) : WireValue;

    /// <summary>CBOR only: in JSON a blob is base64 text.</summary>
    public sealed record Blob(ReadOnlyMemory<byte> Bytes) : WireValue;

    public sealed record List(IReadOnlyList<WireValue> Items) : WireValue;

    /// <summary>Members by name; of several with the same name the last.</summary>
    public sealed record Map(IReadOnlyDictionary<string, WireValue> Members) : WireValue
    {
        public static Map Empty { get; } = new(new Dictionary<string, WireValue>());

        public string? TextOf(string name) => Members.TryGetValue(name, out var value) ? (value as Text)?.Value : null;

        public int? NumberOf(string name) =>
            Members.TryGetValue(name, out var value) && value is Number number ? (int)number.Value : null;

        public double? TimestampOf(string name) =>
            Members.TryGetValue(name, out var value) && value is Number number ? number.Value : null;

        public IReadOnlyList<WireValue>? ListOf(string name) =>
            Members.TryGetValue(name, out var value) ? (value as List)?.Items : null;

        public Map? MapOf(string name) => Members.TryGetValue(name, out var value) ? value as Map : null;
    }
}
