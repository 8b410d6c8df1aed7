using System.Buffers.Binary;
using HotPath.LoadGenerator.Plan;

namespace HotPath.LoadGenerator.Encode;

/// <summary>
/// MessagePack envelopes: <c>[1, timestamp, equipmentId, [[tag, value, nil, quality], ...], sequence, sourceId]</c>.
/// </summary>
/// <remarks>
/// All envelopes of a piece have one length and one layout, since every field has a fixed form: an envelope is a copy
/// of a template with the changing bytes written over it. Where a machine state is shorter than the longest, its time
/// difference and quality take longer forms and make up for it.
/// </remarks>
internal sealed class EnvelopeEncoder : IPieceEncoder
{
    private const int TimestampAt = 3; // behind the marks of array, version and integer

    // What follows a state that is 0, 1, 2 or 3 bytes shorter than the longest: a time difference of 0 in one, two or
    // three bytes, as encoders write numbers without sign, and a good quality in one (nil) or two.
    private static readonly byte[][] StateTails =
    [
        [0x00, 0xC0],
        [0xCC, 0x00, 0xC0],
        [0xCD, 0x00, 0x00, 0xC0],
        [0xCD, 0x00, 0x00, 0xD0, 0x00],
    ];

    private readonly Plant _plant;
    private readonly Template[] _templates; // by piece

    public EnvelopeEncoder(Plant plant, int pieceBytesMax)
    {
        _plant = plant;
        _templates = Cut(plant, pieceBytesMax);
        PieceBytesMax = _templates.Max(template => template.Bytes.Length);
    }

    public int PiecesPerScan => _templates.Length;

    public int PieceBytesMax { get; }

    public int ReadingsIn(int piece) => _templates[piece].TagCount;

    public int Encode(in Scan scan, int piece, Span<byte> destination)
    {
        var template = _templates[piece];
        template.Bytes.CopyTo(destination);
        destination = destination[..template.Bytes.Length];

        BinaryPrimitives.WriteInt64BigEndian(destination[TimestampAt..], scan.Millis);
        _plant.MachineName(scan.Machine).CopyTo(destination[template.EquipmentAt..]);
        var sequence = _plant.Signals.SequenceOf(scan, template.TagFirst);
        BinaryPrimitives.WriteInt64BigEndian(destination[template.SequenceAt..], sequence);
        _plant.SourceName(scan.Machine).CopyTo(destination[template.SourceAt..]);

        var noise = _plant.Signals.NoiseOf(scan);
        var drive = 0;
        if (template.TagFirst == 0)
        {
            WriteStandard(scan, noise, template.ValueAt, destination);
            drive = Signals.StandardTagCount;
        }

        for (; drive < template.TagCount; drive++)
        {
            var tenths = Signals.DriveTenths(scan, template.TagFirst + drive, noise);
            BinaryPrimitives.WriteDoubleBigEndian(destination[template.ValueAt[drive]..], tenths / 10.0);
        }

        return template.Bytes.Length;
    }

    private static void WriteStandard(in Scan scan, ulong noise, int[] valueAt, Span<byte> destination)
    {
        var condition = scan.Condition;
        WriteState(Words.Activities[(int)condition.Activity], destination[valueAt[Signals.MachineState]..]);
        Words.Faults[condition.Fault].CopyTo(destination[valueAt[Signals.FaultCode]..]);
        Words.Products[condition.Product].CopyTo(destination[valueAt[Signals.Product]..]);
        var temperature = destination[valueAt[Signals.Temperature]..];
        BinaryPrimitives.WriteDoubleBigEndian(temperature, Signals.TemperatureTenths(scan, noise) / 10.0);
        temperature[sizeof(double) + 1] = condition.SensorFault ? (byte)2 : (byte)0;
        var pressure = Signals.PressureHundredths(scan, noise) / 100.0;
        BinaryPrimitives.WriteDoubleBigEndian(destination[valueAt[Signals.Pressure]..], pressure);
        var speed = (double)Signals.SpeedPerMinute(scan, noise);
        BinaryPrimitives.WriteDoubleBigEndian(destination[valueAt[Signals.Speed]..], speed);
        BinaryPrimitives.WriteUInt32BigEndian(destination[valueAt[Signals.Counter]..], scan.Counter);
        destination[valueAt[Signals.Ok]] = condition.Rejecting ? (byte)0xC2 : (byte)0xC3;
    }

    private static void WriteState(byte[] state, Span<byte> value)
    {
        value[0] = (byte)(0xA0 | state.Length);
        state.CopyTo(value[1..]);
        StateTails[Words.StateBytesMax - state.Length].CopyTo(value[(1 + state.Length)..]);
    }

    private static Template[] Cut(Plant plant, int pieceBytesMax)
    {
        var templates = new List<Template>();
        for (var tag = 0; tag < plant.Options.TagCount;)
        {
            // The eight standard tags stay together; about 170 bytes.
            var count = tag == 0 ? Signals.StandardTagCount : 1;
            var template = new Template(plant, tag, count);
            while (tag + count < plant.Options.TagCount)
            {
                var longer = new Template(plant, tag, count + 1);
                if (longer.Bytes.Length > pieceBytesMax)
                {
                    break;
                }

                template = longer;
                count++;
            }

            templates.Add(template);
            tag += count;
        }

        return [.. templates];
    }

    /// <summary>An envelope of some tags with everything in its place and nothing in its fields.</summary>
    private sealed class Template
    {
        public Template(Plant plant, int tagFirst, int tagCount)
        {
            TagFirst = tagFirst;
            TagCount = tagCount;
            ValueAt = new int[tagCount];
            var buffer = new byte[256 + (tagCount * 300)];
            var writer = new MessagePackWriter(buffer);
            writer.ArrayHeader(6);
            writer.Small(1);
            writer.FixedInt64(0);
            writer.Text(plant.MachineName(0));
            EquipmentAt = writer.Position - plant.MachineName(0).Length;
            writer.ArrayHeader(tagCount);
            for (var index = 0; index < tagCount; index++)
            {
                ValueAt[index] = WriteReading(ref writer, tagFirst + index, plant.Signals.Tags[tagFirst + index]);
            }

            SequenceAt = writer.Position + 1;
            writer.FixedInt64(0);
            writer.Text(plant.SourceName(0));
            SourceAt = writer.Position - plant.SourceName(0).Length;
            Bytes = buffer[..writer.Position];
        }

        public byte[] Bytes { get; }

        public int TagFirst { get; }

        public int TagCount { get; }

        public int EquipmentAt { get; }

        public int SequenceAt { get; }

        public int SourceAt { get; }

        /// <summary>Where the changing bytes of each reading begin.</summary>
        public int[] ValueAt { get; }

        private static int WriteReading(ref MessagePackWriter writer, int tag, byte[] name)
        {
            writer.ArrayHeader(tag is Signals.MachineState or Signals.Temperature ? 4 : 2);
            writer.Text(name);
            switch (tag)
            {
                case Signals.MachineState:
                    // The word, its mark, and the padding with quality: as long as the longest word takes.
                    var at = writer.Position;
                    writer.Text(stackalloc byte[Words.StateBytesMax]);
                    writer.Small(0);
                    writer.Nil();
                    return at;
                case Signals.FaultCode:
                    writer.Text(Words.Faults[0]);
                    return writer.Position - Words.FaultBytes;
                case Signals.Product:
                    writer.Text(Words.Products[0]);
                    return writer.Position - Words.ProductBytes;
                case Signals.Temperature:
                    writer.Double(0);
                    writer.Nil();
                    writer.Small(0);
                    return writer.Position - sizeof(double) - 2;
                case Signals.Counter:
                    writer.FixedUInt32(0);
                    return writer.Position - sizeof(uint);
                case Signals.Ok:
                    writer.Flag(true);
                    return writer.Position - 1;
                default:
                    writer.Double(0);
                    return writer.Position - sizeof(double);
            }
        }
    }
}
