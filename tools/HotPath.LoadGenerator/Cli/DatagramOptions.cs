using System.CommandLine;
using System.Globalization;
using HotPath.LoadGenerator.Run;
using HotPath.LoadGenerator.Udp;

namespace HotPath.LoadGenerator.Cli;

/// <summary>The options of datagrams and frames.</summary>
internal sealed class DatagramOptions
{
    private const int HmacKeyBytesMin = 16;

    private readonly Option<double> _repeat = LoadCommands.Share("--repeat", "Share of the datagrams that are sent twice");

    private readonly Option<double> _reorder =
        LoadCommands.Share("--reorder", "Share of the datagrams that are sent behind up to four later ones");

    private readonly Option<int> _readings =
        LoadCommands.Number("--datagram-readings", "Readings in a datagram at most; 0: as many as fit", 0);

    private readonly Option<bool> _single = new("--single-datagrams")
    {
        Description = "No runs that the kernel cuts (UDP_SEGMENT): every datagram is a message of its own",
    };

    private readonly Option<TimeSpan?> _afterwards =
        LoadCommands.Duration("--afterwards", "How long heartbeats go on behind the last reading; by default not at all");

    private readonly Option<bool> _lz4 = new("--lz4") { Description = "Payloads of frames as LZ4 blocks" };

    private readonly Option<bool> _crc = new("--crc") { Description = "Frames with a CRC32C" };

    private readonly Option<FileInfo?> _hmac = new("--hmac-keys")
    {
        Description = "Signs frames with the first key of this file: a line `<sender id> <key, hexadecimal>`",
    };

    public Option[] All => [_repeat, _reorder, _readings, _single, _afterwards, _lz4, _crc, _hmac];

    public LoadOptions Read(ParseResult parsed, LoadOptions options)
    {
        if (parsed.GetValue(_lz4) && !Lz4.IsAvailable)
        {
            throw new UsageFault("--lz4 needs the LZ4 library of the system (Debian and Ubuntu: apt install liblz4-1).");
        }

        var frames = new FrameOptions { Lz4 = parsed.GetValue(_lz4), Crc32C = parsed.GetValue(_crc) };
        return options with
        {
            RepeatShare = parsed.GetValue(_repeat),
            ReorderShare = parsed.GetValue(_reorder),
            DatagramReadings = OptionText.InRange(parsed, _readings, 0, DatagramSink.DatagramBytesMax),
            CutsRuns = !parsed.GetValue(_single),
            Afterwards = parsed.GetValue(_afterwards) ?? TimeSpan.Zero,
            Frames = parsed.GetValue(_hmac) is { } file ? WithKey(frames, file) : frames,
        };
    }

    /// <summary>What is wrong names the file, never what stands in it.</summary>
    private static FrameOptions WithKey(FrameOptions frames, FileInfo file)
    {
        if (!file.Exists)
        {
            throw new UsageFault($"--hmac-keys: there is no file {file}.");
        }

        var words = File.ReadLines(file.FullName)
            .Select(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            .FirstOrDefault(line => line.Length > 0 && !line[0].StartsWith('#'));
        return words is [var id, var key] && TryId(id, out var sender)
            && key.Length >= 2 * HmacKeyBytesMin && key.Length % 2 == 0 && key.All(char.IsAsciiHexDigit)
            ? frames with { Sender = sender, HmacKey = Convert.FromHexString(key) }
            : throw new UsageFault($"--hmac-keys: {file} has no line `<sender id> <key, hexadecimal, 16 bytes at least>`.");
    }

    private static bool TryId(string word, out ulong sender) => word.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? ulong.TryParse(word.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out sender)
        : ulong.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out sender);
}
