using System.CommandLine;
using System.Globalization;
using HotPath.Engine.Journal;
using HotPath.Engine.Native;

namespace HotPath.Cli;

/// <summary>
/// <c>hotpath journal stat|verify|dump DIR</c>: looks at a journal and never changes it, beside a running engine too.
/// Exit codes: 0 = sound, 1 = damage found, 2 = cannot be opened.
/// </summary>
internal static class JournalCommand
{
    private const int Sound = 0;
    private const int Damaged = 1;
    private const int Unreadable = 2;

    private static readonly Argument<string> DirectoryArgument =
        new("DIR") { Description = "The data directory, or the journal directory in it." };

    private static readonly Option<long> FromOption =
        new("--from") { Description = "Begin with this LSN.", DefaultValueFactory = _ => 0 };

    private static readonly Option<long> ToOption =
        new("--to") { Description = "End with this LSN.", DefaultValueFactory = _ => long.MaxValue };

    public static Command Create()
    {
        var stat = new Command("stat", "Tell what the journal holds.") { DirectoryArgument };
        stat.SetAction(parsed => Look(parsed, PrintStat));
        var verify = new Command("verify", "Read every frame and report what is damaged or was never given.")
        {
            DirectoryArgument, FromOption, ToOption,
        };
        verify.SetAction(parsed => Look(parsed, Verify));
        var dump = new Command("dump", "Print slots, one a line.") { DirectoryArgument, FromOption, ToOption };
        dump.SetAction(parsed => Look(parsed, Dump));
        return new Command("journal", "Look at the journal of a data directory.") { stat, verify, dump };
    }

    private static int Look(ParseResult parsed, Func<JournalView, ParseResult, int> action)
    {
        try
        {
            var directory = parsed.GetRequiredValue(DirectoryArgument);
            var inner = Path.Combine(directory, "journal");
            using var view = JournalView.Open(LibcDisk.ReadOnly(Directory.Exists(inner) ? inner : directory));
            return action(view, parsed);
        }
        catch (Exception fault) when (fault is DiskFaultException or IOException or UnauthorizedAccessException)
        {
            parsed.InvocationConfiguration.Error.WriteLine(fault.Message);
            return Unreadable;
        }
    }

    private static int PrintStat(JournalView view, ParseResult parsed)
    {
        var recovery = view.Recovery;
        var into = parsed.InvocationConfiguration.Output;
        into.WriteLine($"instance      {recovery.Instance}");
        into.WriteLine($"LSNs          {recovery.FirstLsn} to {recovery.LastLsn}");
        into.WriteLine($"kept from     LSN {recovery.LowWaterLsn}");
        into.WriteLine($"durable       {(recovery.DurableLsnKnown < 0 ? "nothing known" : $"to {recovery.DurableLsnKnown} at least")}");
        into.WriteLine($"end           {(recovery.HasMarkAtEnd ? "marked" : "without a mark: in use, or not stopped in order")}");
        into.WriteLine($"torn          {recovery.TornBytes} bytes, names {recovery.TornNamesBytes} bytes");
        into.WriteLine($"segments      {recovery.SegmentCount}");
        into.WriteLine($"names         {string.Join(", ", view.Names.All.Select(names => $"{names.Count} {names.Sort}"))}");
        foreach (var segment in view.Segments.ToArray())
        {
            into.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {JournalSegments.NameOf(segment.Number)}  from LSN {segment.FirstLsn}, before it {segment.PreviousLsn}"));
        }

        return PrintDamages(recovery.Damages, into);
    }

    private static int PrintDamages(IReadOnlyList<JournalDamage> damages, TextWriter into)
    {
        foreach (var damage in damages)
        {
            into.WriteLine($"DAMAGED       LSN {damage.FirstLsn} to {damage.LastLsn}: {damage.FileName} at byte {damage.Offset}");
        }

        return damages.Count == 0 ? Sound : Damaged;
    }

    private static int Verify(JournalView view, ParseResult parsed)
    {
        var into = parsed.InvocationConfiguration.Output;
        var slotCount = 0L;
        var damagedCount = 0L;
        using var reader = view.NewReader(Math.Max(parsed.GetValue(FromOption), view.Recovery.FirstLsn));
        var lastLsn = Math.Min(parsed.GetValue(ToOption), view.Recovery.LastLsn);
        JournalRead outcome;
        while ((outcome = reader.TryRead(lastLsn)) != JournalRead.End)
        {
            var count = reader.LastLsn - reader.FirstLsn + 1;
            switch (outcome)
            {
                case JournalRead.Slots:
                    slotCount += count;
                    break;
                case JournalRead.Gap:
                    into.WriteLine($"never given   LSN {reader.FirstLsn} to {reader.LastLsn}");
                    break;
                default:
                    damagedCount += count;
                    into.WriteLine($"DAMAGED       LSN {reader.FirstLsn} to {reader.LastLsn}");
                    break;
            }
        }

        into.WriteLine($"{slotCount} slots sound, {damagedCount} damaged");
        var damages = PrintDamages(view.Recovery.Damages, into);
        return damagedCount == 0 ? damages : Damaged;
    }

    private static int Dump(JournalView view, ParseResult parsed)
    {
        var into = parsed.InvocationConfiguration.Output;
        var line = new SlotLine(view.Names);
        using var reader = view.NewReader(Math.Max(parsed.GetValue(FromOption), view.Recovery.FirstLsn));
        var lastLsn = Math.Min(parsed.GetValue(ToOption), view.Recovery.LastLsn);
        var code = Sound;
        JournalRead outcome;
        while ((outcome = reader.TryRead(lastLsn)) != JournalRead.End)
        {
            if (outcome != JournalRead.Slots)
            {
                into.WriteLine($"{outcome.ToString().ToUpperInvariant()} LSN {reader.FirstLsn} to {reader.LastLsn}");
                code = outcome == JournalRead.Damaged ? Damaged : code;
                continue;
            }

            for (var index = 0; index < reader.Slots.Length; index++)
            {
                var lsn = reader.FirstLsn + index;
                into.WriteLine(line.Of(lsn, in reader.Slots[index], reader.AttachmentOf(lsn)));
            }
        }

        return code;
    }
}
