using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using HotPath.Engine.Native;

namespace HotPath.Audit;

/// <summary>
/// Every change that somebody made, one JSON line each, in <c>audit.jsonl</c>: only appended to, synced before the change
/// counts, and chained, so that a line that was altered or taken out later is found. Any thread; one at a time.
/// </summary>
/// <remarks>
/// The chain proves order and wholeness up to its last line, not who wrote it: whoever may write the file can make a new
/// chain. Copy the last hash elsewhere from time to time where that matters.
/// </remarks>
internal sealed class AuditLog : IDisposable
{
    private const string FileName = "audit.jsonl";
    private static readonly string s_first = new('0', 2 * SHA256.HashSizeInBytes);

    private readonly Lock _gate = new();
    private readonly IDiskFile _file;
    private readonly TimeProvider _clock;

    // Where each line begins, and behind the last one where the next will.
    private readonly List<long> _offsets = [0];
    private string _lastHash = s_first;
    private volatile string? _problem;
    private bool _hasFailed;

    private AuditLog(IDiskFile file, TimeProvider clock)
    {
        _file = file;
        _clock = clock;
    }

    /// <summary>What is wrong with the log, in words that name the line; null = nothing.</summary>
    public string? Problem => _problem;

    /// <summary>Bytes behind the last whole line that a crash had left and the start has cut off.</summary>
    public long TornBytes { get; private set; }

    /// <param name="disk">Of the log alone.</param>
    /// <param name="clock">Of the lines' times.</param>
    /// <param name="onLine">Is told every line that is there, in order.</param>
    /// <exception cref="DiskFaultException">It cannot be read or created.</exception>
    public static AuditLog Open(IDisk disk, TimeProvider clock, Action<AuditLine> onLine)
    {
        var error = disk.TryOpen(FileName, out var file);
        if (error.Number == DiskError.NoEntry)
        {
            disk.TryCreate(FileName, out file).ThrowIfFailed($"{FileName} cannot be created in {disk.Root}");
            disk.SyncDirectory().ThrowIfFailed($"{FileName} cannot be made durable in {disk.Root}");
        }
        else
        {
            error.ThrowIfFailed($"{FileName} cannot be opened in {disk.Root}");
        }

        var log = new AuditLog(file, clock);
        log.ReadAll(disk.Root, onLine);
        return log;
    }

    /// <summary>Appends a line and syncs it. After an error nothing more is taken until a restart: the change must not be made.</summary>
    public DiskError TryAppend(AuditEvent happened, out DateTimeOffset at)
    {
        lock (_gate)
        {
            at = _clock.GetUtcNow();
            if (_hasFailed)
            {
                return new DiskError(DiskError.InputOutput);
            }

            var line = new AuditLine(
                _offsets.Count, at, happened.Actor.Who, happened.Actor.Role, happened.Actor.From,
                happened.What, happened.Target, happened.Before, happened.After, _lastHash);
            var json = JsonSerializer.SerializeToUtf8Bytes(line, AuditJson.Default.AuditLine);
            var error = _file.Write([.. json, (byte)'\n'], _offsets[^1]);
            error = error.IsNone ? _file.Sync() : error;
            if (!error.IsNone)
            {
                // What the disk holds of the line is not known, and a second sync would not tell: the next start looks.
                _hasFailed = true;
                _problem = $"a line could not be written: {error}. Changes are refused until a restart.";
                return error;
            }

            _offsets.Add(_offsets[^1] + json.Length + 1);
            _lastHash = HashOf(json);
            return DiskError.None;
        }
    }

    /// <summary>Up to so many lines before a number, the newest first.</summary>
    public IReadOnlyList<AuditLine> Newest(long before, int limit)
    {
        lock (_gate)
        {
            var end = (int)Math.Clamp(before - 1, 0, _offsets.Count - 1);
            var first = Math.Max(0, end - limit);
            var bytes = new byte[_offsets[end] - _offsets[first]];
            _file.Read(bytes, _offsets[first], out _).ThrowIfFailed($"{FileName} cannot be read");
            return
            [
                .. Enumerable.Range(first, end - first).Reverse()
                    .Select(line => Parse(bytes.AsSpan((int)(_offsets[line] - _offsets[first])..(int)(_offsets[line + 1] - _offsets[first] - 1))))
                    .OfType<AuditLine>(),
            ];
        }
    }

    public void Dispose() => _file.Dispose();

    private void ReadAll(string root, Action<AuditLine> onLine)
    {
        _file.Length(out var lengthBytes).ThrowIfFailed($"{FileName} cannot be read in {root}");
        var bytes = new byte[lengthBytes];
        _file.Read(bytes, 0, out _).ThrowIfFailed($"{FileName} cannot be read in {root}");
        for (int at = 0, feed; (feed = bytes.AsSpan(at).IndexOf((byte)'\n')) >= 0; at += feed + 1)
        {
            var json = bytes.AsSpan(at, feed);
            var line = Parse(json);
            if (line is null || line.Previous != _lastHash || line.Number != _offsets.Count)
            {
                _problem ??= string.Create(
                    CultureInfo.InvariantCulture,
                    $"line {_offsets.Count} of {FileName} in {root} does not follow from the line before it: one of them was altered, or lines are missing");
            }

            _offsets.Add(at + feed + 1);
            _lastHash = HashOf(json);
            if (line is not null)
            {
                onLine(line);
            }
        }

        TornBytes = lengthBytes - _offsets[^1];
        if (TornBytes > 0)
        {
            _file.Truncate(_offsets[^1]).ThrowIfFailed($"The torn end of {FileName} cannot be cut off in {root}");
        }

        MakeSure(root);
    }

    /// <summary>
    /// Only of the last line the sync may have failed, since nothing was taken after it. The page cache shows it all the same,
    /// and calls it clean: written again it is synced.
    /// </summary>
    private void MakeSure(string root)
    {
        if (_offsets.Count > 1)
        {
            Rewriting.Again(_file, _offsets[^2], _offsets[^1]).ThrowIfFailed($"The last line of {FileName} cannot be written again in {root}");
            _file.Sync().ThrowIfFailed($"{FileName} cannot be synced in {root}");
        }
    }

    private static AuditLine? Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, AuditJson.Default.AuditLine);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string HashOf(ReadOnlySpan<byte> json) => Convert.ToHexStringLower(SHA256.HashData(json));
}
