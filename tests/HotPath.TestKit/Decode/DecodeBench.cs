using System.Text;
using HotPath.Engine;
using HotPath.Engine.Decode;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;

namespace HotPath.TestKit.Decode;

/// <summary>A decoder with its names and a block, for tests: bytes in, words out. For one thread.</summary>
internal sealed class DecodeBench : IDisposable
{
    /// <summary>2023-11-14T22:13:20Z.</summary>
    public const long ReceivedAtMicros = 1_700_000_000_000_000;

    public DecodeBench(
        RecordDecoderOptions? options = null, NameQuota? quota = null, int slotCountMax = 4 * EngineLimits.RecordReadingsMax)
    {
        Names.Sources.TryIntern("sender"u8, ReceivedAtMicros, out _);
        Names.Listeners.TryIntern("udp"u8, ReceivedAtMicros, out _);
        Block = new StagingBlock(int.Min(256, slotCountMax), slotCountMax);
        Decoder = new RecordDecoder(Names, quota ?? new NameQuota(), options);
    }

    public NameTables Names { get; } = new();

    public StagingBlock Block { get; }

    public RecordDecoder Decoder { get; }

    public TimestampUnit Unit { get; set; }

    public RecordOrigin Origin => new(0, 0, ReceivedAtMicros, Unit);

    public List<DecodedReading> Decode(string record) => Decode(Encoding.UTF8.GetBytes(record));

    public List<DecodedReading> Decode(ReadOnlySpan<byte> record)
    {
        Block.Clear();
        Decoder.Decode(record, Origin, Block);
        return Staged();
    }

    public List<DecodedReading> Staged()
    {
        var readings = new List<DecodedReading>();
        foreach (ref readonly var slot in Block.Slots)
        {
            readings.Add(DecodedReading.Of(in slot, Block, Names));
        }

        return readings;
    }

    public void Dispose()
    {
        Decoder.Dispose();
        Block.Dispose();
    }
}
