using System.Globalization;
using System.Text;
using HotPath.TestKit.Decode;

namespace HotPath.Benchmarks.Decode;

/// <summary>The same 2,048 readings in every encoding: 256 machines, 8 tags, 16 sources, 4 sets of flags, 2 % bad.</summary>
internal sealed class DecodeCorpus
{
    public const int ReadingCount = 2048;
    public const int EnvelopeReadings = 64;

    private const long AtMs = 1_700_000_000_123;
    private static readonly string[] FlagSets =
        ["\"Fst\",\"Lst\",\"Wmk\",\"Syn\",\"Ats\"", "\"Fst\"", "", "\"Syn\",\"Ats\""];

    private static readonly string[] TagNames =
        ["water_temperature", "pressure", "motor/speed_rpm", "vibration_x", "state_of_charge", "flow_litres_s", "product_count", "power_kw"];

    private readonly Random _random = new(7);
    private readonly string[] _machines;

    public DecodeCorpus()
    {
        _machines = [.. Enumerable.Range(0, 256).Select(_ => NextGuid().ToString())];
        for (var index = 0; index < ReadingCount; index++)
        {
            Add(index);
        }

        for (var index = 0; index < ReadingCount / EnvelopeReadings; index++)
        {
            Envelopes.Add(Envelope(index));
        }
    }

    public List<byte[]> Json { get; } = [];

    public List<byte[]> JsonAnyOrder { get; } = [];

    /// <summary>Machine, tag and source of each reading, one after the other.</summary>
    public List<byte[]> Names { get; } = [];

    public List<byte[]> PackMaps { get; } = [];

    public List<byte[]> PackArrays { get; } = [];

    public List<byte[]> Envelopes { get; } = [];

    public List<byte[]> Lines { get; } = [];

    private Guid NextGuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        _random.NextBytes(bytes);
        return new Guid(bytes);
    }

    private void Add(int index)
    {
        var machine = _machines[_random.Next(_machines.Length)];
        var tag = TagNames[_random.Next(TagNames.Length)];
        var value = Math.Round(_random.NextDouble() * 2000) / 100;
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        var quality = _random.Next(50) == 0 ? "Bad" : "Ok";
        var source = $"filling_machine_{_random.Next(16)}";
        var flags = FlagSets[_random.Next(FlagSets.Length)];
        Names.AddRange([Encoding.UTF8.GetBytes(machine), Encoding.UTF8.GetBytes(tag), Encoding.UTF8.GetBytes(source)]);
        var at = AtMs + index;
        var created = at - 17;
        var meta = $$"""{"sequenceNumber":{{index}},"flags":[{{flags}}],"createdAt":{{created}},"sourceId":"{{source}}"}""";
        Json.Add(Encoding.UTF8.GetBytes(
            $$"""{"version":1,"timestamp":{{at}},"equipmentId":"{{machine}}","tag":"{{tag}}","value":{{text}},"quality":"{{quality}}","meta":{{meta}}}"""));

        string[] members =
        [
            "\"version\":1", $"\"timestamp\": {at}", $"\"equipmentId\": \"{machine}\"", $"\"tag\": \"{tag}\"", $"\"value\": {text}",
            $"\"quality\": \"{quality}\"", $"\"meta\": {meta}",
        ];
        _random.Shuffle(members);
        JsonAnyOrder.Add(Encoding.UTF8.GetBytes("{ " + string.Join(", ", members) + " }"));
        Lines.Add(Encoding.UTF8.GetBytes($"plant,equipment={machine},source={source} {tag}={text},__seq={index}i {at}000000"));

        var words = flags.Split(',', StringSplitOptions.RemoveEmptyEntries);
        PackArrays.Add(Flags(
            new PackBuilder().Array(10).Integer(1).Integer(at).Text(machine).Text(tag).Real(value).Integer(quality == "Ok" ? 0 : 2)
                .Integer(index), words).Integer(created).Text(source).Bytes);
        var map = new PackBuilder().Map(7).Text("version").Integer(1).Text("timestamp").Integer(at).Text("equipmentId").Text(machine)
            .Text("tag").Text(tag).Text("value").Real(value).Text("quality").Text(quality)
            .Text("meta").Map(4).Text("sequenceNumber").Integer(index).Text("flags");
        PackMaps.Add(Flags(map, words).Text("createdAt").Integer(created).Text("sourceId").Text(source).Bytes);
    }

    private static PackBuilder Flags(PackBuilder to, string[] words)
    {
        to.Array(words.Length);
        foreach (var word in words)
        {
            to.Text(word.Trim('"'));
        }

        return to;
    }

    private byte[] Envelope(int index)
    {
        var to = new PackBuilder().Array(6).Integer(1).Integer(AtMs + index).Text(_machines[index]).Array(EnvelopeReadings);
        for (var reading = 0; reading < EnvelopeReadings; reading++)
        {
            to.Array(3).Text(TagNames[reading % TagNames.Length]).Real(Math.Round(_random.NextDouble() * 2000) / 100)
                .Integer(reading);
        }

        return to.Integer(index * 100).Text($"filling_machine_{index % 16}").Bytes;
    }
}
