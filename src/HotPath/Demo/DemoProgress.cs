using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace HotPath.Demo;

/// <summary>Tells on stderr how the demonstration goes: rewrites one line on a terminal, a line every five seconds elsewhere.</summary>
internal sealed class DemoProgress(Pipeline pipeline)
{
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(5);

    private readonly bool _isTerminal = !Console.IsErrorRedirected;
    private readonly Stopwatch _sinceStart = Stopwatch.StartNew();
    private TimeSpan _shownAt = TimeSpan.MinValue;

    public void Begin() => Console.Error.WriteLine($"The page: http://{pipeline.Http.Address}/");

    public void Show(JsonElement sent)
    {
        var now = _sinceStart.Elapsed;
        if (!_isTerminal && _shownAt != TimeSpan.MinValue && now - _shownAt < LogInterval)
        {
            return;
        }

        _shownAt = now;
        var books = pipeline.View.Books;
        var counts = pipeline.Live.Counts;
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{now.TotalSeconds,5:F0} s  sent {sent.GetProperty("sent").GetInt64():N0}  received {books.Received:N0}  lost {books.LostNetwork:N0}  " +
            $"transitions {counts.Transitions:N0}  downtimes {counts.Closed:N0}  in tables up to LSN {pipeline.Sink.PositionLsn:N0}");
        Console.Error.Write(_isTerminal ? $"\r{line}\u001b[K" : line + Environment.NewLine);
    }

    public void End()
    {
        if (_isTerminal)
        {
            Console.Error.WriteLine();
        }
    }
}
