using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace HotPath.Engine.Decode;

/// <summary>
/// Members by name: one multiplication finds the place, one comparison of 16 bytes decides. Read-only; any thread may
/// ask. A reader keeps a copy: what a static field holds is asked for anew at each use.
/// </summary>
internal readonly unsafe struct MemberTable
{
    public static readonly MemberTable Shared = New();

    private const int NameBytesMax = 16;
    private const int PlaceBits = 6;

    private static (string Name, Member Member)[] Names =>
    [
        ("version", Member.Version), ("model", Member.Version), ("timestamp", Member.Timestamp), ("equipmentId", Member.EquipmentId),
        ("machine_id", Member.MachineId), ("tag", Member.Tag), ("value", Member.Value), ("quality", Member.Quality), ("meta", Member.Meta),
        ("readings", Member.Readings), ("receivedAt", Member.ReceivedAt), ("status", Member.Status),
        ("sequenceNumber", Member.SequenceNumber), ("flags", Member.Flags), ("createdAt", Member.CreatedAt), ("sourceId", Member.SourceId),
    ];

    private readonly Entry* _entries;
    private readonly ulong _multiplier;

    private MemberTable(Entry* entries, ulong multiplier)
    {
        _entries = entries;
        _multiplier = multiplier;
    }

    /// <summary>So many first bytes of 16, the others zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> FirstBytes(long bytes) => Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(Ones), (nuint)(16 - bytes));

    private static ReadOnlySpan<byte> Ones =>
    [
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];

    /// <summary>
    /// The place of the bit of the member of this name, of a reading or of its meta, or <see cref="JsonSpans.Unknown"/>. 16 bytes from the first must be loadable.
    /// </summary>
    // Safe because 16 bytes may be loaded, and the place has PlaceBits bits. Worth it: Decode/Json in any order.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(byte* name, int bytes)
    {
        if ((uint)bytes > NameBytesMax)
        {
            return JsonSpans.Unknown;
        }

        var text = Vector128.Load(name) & FirstBytes(bytes);
        var entry = _entries + PlaceOf(text, bytes, _multiplier);
        return entry->Name == text && entry->Bytes == bytes ? entry->Place : JsonSpans.Unknown;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int PlaceOf(Vector128<byte> text, int bytes, ulong multiplier) =>
        (int)(((text.AsUInt64().ToScalar() ^ (ulong)bytes) * multiplier) >> (64 - PlaceBits));

    private static MemberTable New()
    {
        var entries = (Entry*)NativeMemory.AlignedAlloc((nuint)sizeof(Entry) << PlaceBits, 64);

        // Odd numbers in order until no two names meet: the first thousand hold some such.
        var multiplier = 0x9E37_79B9_7F4A_7C15UL;
        while (!TryFill(entries, multiplier))
        {
            multiplier += 2;
        }

        return new MemberTable(entries, multiplier);
    }

    private static bool TryFill(Entry* entries, ulong multiplier)
    {
        // What is not there is unknown too where it looks like an empty entry: the name without a letter.
        new Span<Entry>(entries, 1 << PlaceBits).Fill(new Entry { Place = JsonSpans.Unknown });
        Span<byte> text = stackalloc byte[NameBytesMax];
        foreach (var (name, member) in Names)
        {
            text.Clear();
            Encoding.ASCII.GetBytes(name, text);
            var vector = Vector128.Create<byte>(text);
            var entry = entries + PlaceOf(vector, name.Length, multiplier);
            if (entry->Bytes != 0)
            {
                return false;
            }

            *entry = new Entry { Name = vector, Bytes = name.Length, Place = BitOperations.TrailingZeroCount((uint)member) };
        }

        return true;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Entry
    {
        public Vector128<byte> Name;
        public int Bytes;
        public int Place;
    }
}
