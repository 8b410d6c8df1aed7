using System.Runtime.InteropServices;

namespace HotPath.Engine.Decode;

/// <summary>Members of a text side by side: the name of each, and what stands around it. A column is a vector.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct JsonMemberColumns
{
    public const int Count = 16;

    /// <summary>Its bit, or that of <see cref="JsonSpans.Unknown"/>.</summary>
    public fixed uint Member[Count];

    /// <summary>Where the name's quotes stand.</summary>
    public fixed uint Open[Count];
    public fixed uint Close[Count];

    /// <summary>The number of the next quote behind the name.</summary>
    public fixed uint Quote[Count];

    /// <summary>The four bytes before the first quote; of the very first, any.</summary>
    public fixed uint Before[Count];

    /// <summary>The second quote and the three bytes behind it.</summary>
    public fixed uint Behind[Count];

    /// <summary>Where the values stand: each a <see cref="JsonSpan"/>.</summary>
    public fixed ulong Spans[Count];
}
