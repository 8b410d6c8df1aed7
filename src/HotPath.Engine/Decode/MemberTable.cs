using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace HotPath.Engine.Decode;

/// <summary>
/// Members by name: one multiplication finds the place, one comparison of 16 bytes decides. Read-only; any thread may
/// ask.
/// </summary>
internal static unsafe class MemberTable
{
    private const int NameBytesMax = 16;
    private const int PlaceBits = 6;

    private static readonly (string Name, Member Member)[] Names =
    [
        ("version", Member.Version), ("model", Member.Version), ("timestamp", Member.Timestamp), ("equipmentId", Member.EquipmentId),
        ("machine_id", Member.MachineId), ("tag", Member.Tag), ("value", Member.Value), ("quality", Member.Quality), ("meta", Member.Meta),
        ("readings", Member.Readings), ("receivedAt", Member.ReceivedAt), ("status", Member.Status),
        ("sequenceNumber", Member.SequenceNumber), ("flags", Member.Flags), ("createdAt", Member.CreatedAt), ("sourceId", Member.SourceId),
    ];

    private static readonly ulong Multiplier;
    private static readonly Entry* Entries;

    static MemberTable()
    {
        Entries = (Entry*)NativeMemory.AlignedAlloc((nuint)sizeof(Entry) << PlaceBits, 64);

        // Odd numbers in order until no two names meet: the first thousand hold some such.
        Multiplier = 0x9E37_79B9_7F4A_7C15UL;
        while (!TryFill())
        {
            Multiplier += 2;
        }
    }

    /// <summary>The member of a reading or its envelope. 16 bytes from the name's first must be loadable.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Member OfReading(byte* name, long bytes) => Find(name, bytes) & ~Member.OfMeta;

    /// <summary>The member of its meta.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Member OfMeta(byte* name, long bytes) => Find(name, bytes) & Member.OfMeta;

    /// <summary>So many first bytes of 16, the others zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> FirstBytes(long bytes) => Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(Ones), (nuint)(16 - bytes));

    private static ReadOnlySpan<byte> Ones =>
    [
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];

    // Safe because 16 bytes may be loaded, and the place has PlaceBits bits. Worth it: Decode/Json in any order.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Member Find(byte* name, long bytes)
    {
        if ((ulong)bytes > NameBytesMax)
        {
            return Member.Unknown;
        }

        var text = Vector128.Load(name) & FirstBytes(bytes);
        var entry = Entries + PlaceOf(text, bytes);
        return entry->Name == text && entry->Bytes == bytes ? entry->Member : Member.Unknown;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int PlaceOf(Vector128<byte> text, long bytes) =>
        (int)(((text.AsUInt64().ToScalar() ^ (ulong)bytes) * Multiplier) >> (64 - PlaceBits));

    private static bool TryFill()
    {
        new Span<Entry>(Entries, 1 << PlaceBits).Clear();
        Span<byte> text = stackalloc byte[NameBytesMax];
        foreach (var (name, member) in Names)
        {
            text.Clear();
            Encoding.ASCII.GetBytes(name, text);
            var vector = Vector128.Create<byte>(text);
            var entry = Entries + PlaceOf(vector, name.Length);
            if (entry->Bytes != 0)
            {
                return false;
            }

            *entry = new Entry { Name = vector, Bytes = name.Length, Member = member };
        }

        return true;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Entry
    {
        public Vector128<byte> Name;
        public long Bytes;
        public Member Member;
    }
}
