using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HotPath.Engine.Ring;

namespace HotPath.Engine.Shard;

/// <summary>
/// One machine of the shard: three cache lines, what every reading needs in the first. Its parts are blocks of the
/// shard's pool, laid out by its class: class tags in the class's order, one clock for each case, one state for each
/// rule, one state for each window.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal unsafe struct Machine
{
    public const int SizeBytes = 192;

    /// <summary>Before every time: no watermark, no instant, no transition yet.</summary>
    public const long Never = long.MinValue;

    // ---- the first cache line: all that a reading needs which changes no verdict
    public int Class;
    public int Group;

    /// <summary>Its watermark is never below this one: what it had before it came into its group, or before the group's went back.</summary>
    public long FloorMicros;

    /// <summary>The last instant evaluated.</summary>
    public long NowMicros;
    public TagState* Tags;
    public RememberedReading* Remembered;
    public byte RememberedCount;
    public byte RememberedNext;
    public byte RememberedCapacity;

    /// <summary>Other tags have 2 to this power cells, once there are any.</summary>
    public byte OtherTagPower;

    /// <summary>The heap's count, in this line: with none, the second need not be read.</summary>
    public int WaitingCount;

    /// <summary>Tags that no rule of the class reads: a hash table.</summary>
    public TagState* OtherTags;

    /// <summary>Begins with the key of the next timer, so that this is still in the line.</summary>
    public NativeHeap Timers;

    // ---- the second: what one needs that came out of order
    public NativeHeap Waiting;

    /// <summary>Its key in its group's heap: not later than it is due.</summary>
    public long GroupKey;
    public int Equipment;

    /// <summary>It stands in the list of what is due already.</summary>
    public bool IsListed;

    /// <summary>So many of the ring's present round have their prints.</summary>
    public byte PrintedTo;

    public int OtherTagCount;
    public int GoneCount;

    // ---- the third
    /// <summary>Two bytes of each remembered reading, once one was looked for.</summary>
    public ushort* Prints;
    public WaitingPart* WaitingParts;

    /// <summary>Which of them is the oldest, so that it can be brought into the cache; any while none waits.</summary>
    public int OldestPlace;
    public CaseClock* Cases;
    public RuleState* Rules;
    public WindowState* Windows;

    /// <summary>Places of the limits' timers, + 1.</summary>
    public int* LimitPlaces;

    /// <summary>What rules that are gone would have to know if they came back.</summary>
    public GoneRule* Gone;

    public readonly int OtherTagCapacity => OtherTags == null ? 0 : 1 << OtherTagPower;

    /// <summary>The next reading or timer. A timer's key may be earlier than the timer is.</summary>
    public readonly long DueMicros
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            var timer = Timers.TopKey;
            return WaitingCount > 0 && Waiting.TopKey < timer ? Waiting.TopKey : timer;
        }
    }
}

/// <summary>The latest reading of one tag of one machine, as far as it has been applied: one cache line.</summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct TagState
{
    public const int SizeBytes = 64;

    /// <summary>Event time of the last reading applied, of whatever quality.</summary>
    public long SeenAtMicros;
    public long ValueBits;

    /// <summary>The last good number, for increase().</summary>
    public double Counter;

    /// <summary>The greatest event time that was ever taken in for the tag, waiting and late ones too: what is later is no duplicate.</summary>
    public long TakenMicrosMax;

    /// <summary>
    /// Between these two lies the last number and no constant that the class compares the tag with: as long as numbers
    /// stay there, no verdict flips. Equal = not known.
    /// </summary>
    public double QuietLow;
    public double QuietHigh;
    public int TagIndex;
    public int SourceIndex;
    public ValueKind ValueKind;
    public Quality Quality;
    public bool IsSeen;
    public bool HasCounter;

    /// <summary>Every limit of the tag has its timer, so there is nothing to look for.</summary>
    public bool AreLimitsArmed;

    /// <summary>The kind of the value as rules see it (staleness apart).</summary>
    public readonly ValueKind KnownKind => IsSeen && Quality != Quality.Bad ? ValueKind : ValueKind.None;

    /// <summary>For another class: what the rules made of the tag is no longer true.</summary>
    public void ForgetClass()
    {
        AreLimitsArmed = false;
        ForgetQuiet();
    }

    /// <summary>For other thresholds: between which constants the value lies is no longer known.</summary>
    public void ForgetQuiet() => QuietLow = QuietHigh = 0;

    public static TagState Of(int tagIndex) => new() { TagIndex = tagIndex, TakenMicrosMax = Machine.Never, SourceIndex = -1 };
}

/// <summary>The identity of a reading received: one that equals it is a duplicate.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
internal readonly record struct RememberedReading(long AtMicros, long ValueBits, long SequenceNumber, ulong Rest)
{
    public int SourceIndex => (int)(Rest >> 8) & 0xFF_FFFF;

    /// <summary>Tag and source have 20 bits each (their directories' limits), kind and quality 4.</summary>
    public static ulong RestOf(int tagIndex, int sourceIndex, ValueKind kind, Quality quality) =>
        ((ulong)(uint)tagIndex << 32) | ((ulong)(uint)sourceIndex << 8) | ((ulong)kind << 4) | (ulong)quality;
}

/// <summary>One case on one machine: whether it is met, and since when; whether it counts, and since when.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CaseClock
{
    public long SinceMicros;
    public long TurnedMicros;
    public int TimerPlace;
    public bool IsMet;
    public bool IsSatisfied;

    /// <summary>It has been evaluated once, so SinceMicros counts.</summary>
    public bool HasBegun;
    public Kleene When;
}

/// <summary>True, false or unknown.</summary>
internal enum Kleene : byte
{
    False = 0,
    True = 1,
    Unknown = 2,
}

/// <summary>One rule on one machine: its state and its downtime.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RuleState
{
    public const int NoWinner = -1;

    /// <summary>The last transition.</summary>
    public long MovedMicros;

    /// <summary>The start of the last downtime, open or closed.</summary>
    public long StartedMicros;

    /// <summary>The end of the last downtime that was closed.</summary>
    public long StoppedMicros;

    public int StateWord;
    public int ReasonWord;

    /// <summary>The case that gave the state at the last evaluation.</summary>
    public int WinnerCase;

    /// <summary>How many downtimes of the same start came before the last one.</summary>
    public int Ordinal;
    public int StopStateWord;
    public int StopReasonWord;
    public int TimerPlace;

    /// <summary>None = no downtime is open.</summary>
    public Ledger.DowntimeCategory StopCategory;
    public bool IsAnnounced;
}

/// <summary>What a rule that left a machine must find again when it comes back.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GoneRule
{
    public long StartedMicros;
    public long StoppedMicros;
    public int RuleWord;
    public int Ordinal;
}
