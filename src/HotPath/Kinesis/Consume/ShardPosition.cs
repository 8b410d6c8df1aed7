using System.Globalization;
using System.Text;

namespace HotPath.Kinesis.Consume;

/// <summary>
/// Where a shard's reader goes on. As text, in checkpoints: <c>after 4966...</c>, <c>time 1767323045123</c> (milliseconds),
/// <c>trim</c>, <c>end</c>.
/// </summary>
internal readonly record struct ShardPosition(ShardPositionKind Kind, string Number, long Millis)
{
    public static ShardPosition Trim { get; } = new(ShardPositionKind.Trim, "", 0);

    public static ShardPosition End { get; } = new(ShardPositionKind.End, "", 0);

    public static ShardPosition After(string number) => new(ShardPositionKind.After, number, 0);

    public static ShardPosition Time(long millis) => new(ShardPositionKind.Time, "", millis);

    public byte[] ToBytes() => Encoding.UTF8.GetBytes(ToString());

    public override string ToString() => Kind switch
    {
        ShardPositionKind.After => $"after {Number}",
        ShardPositionKind.Time => string.Create(CultureInfo.InvariantCulture, $"time {Millis}"),
        ShardPositionKind.End => "end",
        _ => "trim",
    };

    /// <summary>False for what no version of this has written.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out ShardPosition position)
    {
        var words = Encoding.UTF8.GetString(bytes).Split(' ');
        position = Trim;
        switch (words)
        {
            case ["trim"]:
                return true;
            case ["end"]:
                position = End;
                return true;
            case ["after", var number]:
                position = After(number);
                return true;
            case ["time", var text] when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var millis):
                position = Time(millis);
                return true;
            default:
                return false;
        }
    }
}

internal enum ShardPositionKind
{
    /// <summary>The oldest record that is kept.</summary>
    Trim,

    /// <summary>Behind a record.</summary>
    After,

    /// <summary>The first record since a time.</summary>
    Time,

    /// <summary>The shard is closed, and everything in it was read.</summary>
    End,
}
