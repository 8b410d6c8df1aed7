using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace HotPath.Engine.Decode;

/// <summary>Where the value of a member stands, by distances from the object's brace: told by what is around it, not yet read.</summary>
[StructLayout(LayoutKind.Sequential, Size = sizeof(ulong))]
internal struct JsonSpan
{
    public ushort At;

    /// <summary>Behind the value, if it is one.</summary>
    public ushort End;

    /// <summary>The number of the first quote that does not stand before the value.</summary>
    public ushort Quote;

    public readonly int Bytes => End - At;
}

/// <summary>The spans of an object's members, by the place of each member's bit, as in <see cref="Field"/>.</summary>
internal unsafe struct JsonSpans
{
    public const int Count = 17;

    /// <summary>The place of <see cref="Member.Meta"/>'s bit.</summary>
    public const int Meta = 7;

    /// <summary>A member that means nothing; no member has the bit of this place.</summary>
    public const int Unknown = 15;

    /// <summary>For what stands before the first member.</summary>
    public const int Nobody = 16;

    public JsonSpan* ByPlace;

    /// <summary>The members that are there.</summary>
    public Member Seen;

    /// <summary>The span of a field that is there.</summary>
    // Safe because there are more places than fields. Worth it: Decode/Json.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly JsonSpan* Of(Field field) => ByPlace + (int)field;
}
