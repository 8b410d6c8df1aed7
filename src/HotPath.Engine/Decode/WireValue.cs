namespace HotPath.Engine.Decode;

/// <summary>What a member of a record holds, whatever the encoding.</summary>
internal enum WireKind : byte
{
    Null,
    False,
    True,

    /// <summary>Fits 64 bits, signed: <see cref="WireValue.Integer"/>; <see cref="WireValue.Real"/> holds it too.</summary>
    Integer,

    /// <summary>An integer that does not fit: its low 64 bits, and the double nearest to it.</summary>
    BigInteger,
    Real,

    /// <summary>A number that overflows a double, or a NaN or an infinity.</summary>
    NotFinite,
    Text,

    /// <summary>A time of its own type: <see cref="WireValue.Integer"/> is microseconds since the epoch.</summary>
    Time,

    /// <summary>An array, a map, or what else a reading has no use for.</summary>
    Other,
}

/// <summary>One value as it stands on the wire. Filled by the readers, judged by <see cref="ReadingDraft"/>.</summary>
internal struct WireValue
{
    public WireKind Kind;
    public long Integer;
    public double Real;
    public Utf8Text Text;
}
