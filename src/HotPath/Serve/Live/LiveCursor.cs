using System.Globalization;

namespace HotPath.Serve.Live;

/// <summary>
/// A place in the ledger: the LSN, and the place among the records that this LSN caused, which has one order (equipment,
/// ordinal). Written <c>1234-0</c>; <c>1234</c> alone means behind everything that 1234 caused.
/// </summary>
internal readonly record struct LiveCursor(long Lsn, int Place) : IComparable<LiveCursor>
{
    public static readonly LiveCursor Start = new(-1, 0);

    public int CompareTo(LiveCursor other) =>
        Lsn != other.Lsn ? Lsn.CompareTo(other.Lsn) : Place.CompareTo(other.Place);

    public static bool operator >(LiveCursor left, LiveCursor right) => left.CompareTo(right) > 0;

    public static bool operator <(LiveCursor left, LiveCursor right) => left.CompareTo(right) < 0;

    public static bool operator >=(LiveCursor left, LiveCursor right) => left.CompareTo(right) >= 0;

    public static bool operator <=(LiveCursor left, LiveCursor right) => left.CompareTo(right) <= 0;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Lsn}-{Place}");

    public static bool TryParse(string? text, out LiveCursor cursor)
    {
        cursor = default;
        var dash = text?.IndexOf('-', StringComparison.Ordinal) ?? -1;
        if (text is null || !TryNumber(dash < 0 ? text : text[..dash], out var lsn))
        {
            return false;
        }

        var place = (long)int.MaxValue;
        if (dash >= 0 && (!TryNumber(text[(dash + 1)..], out place) || place > int.MaxValue))
        {
            return false;
        }

        cursor = new LiveCursor(lsn, (int)place);
        return true;
    }

    private static bool TryNumber(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
