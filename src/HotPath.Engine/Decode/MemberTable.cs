using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
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
    private const uint Unknown = 1u << JsonSpans.Unknown;

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
    /// The bit of the member of this name, of a reading or of its meta, or that of <see cref="JsonSpans.Unknown"/>.
    /// Behind it stands its quote, the first from here; 16 bytes must be loadable.
    /// </summary>
    // Safe because 16 bytes may be loaded, and the place has PlaceBits bits. Worth it: Decode/Json in any order.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Find(byte* name, uint bytes)
    {
        // With the quote it is compared to its end: its length need not be.
        var entry = _entries + PlaceOf(Unsafe.ReadUnaligned<ulong>(name), bytes, _multiplier);
        return ((Vector128.Load(name) ^ entry->Name) & entry->Mask) == Vector128<byte>.Zero ? entry->Bit : Unknown;
    }

    /// <summary>By the first 8 bytes, as far as they are of the name, and its length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint PlaceOf(ulong head, uint bytes, ulong multiplier)
    {
        var name = Bmi2.X64.IsSupported ? Bmi2.X64.ZeroHighBits(head, 8 * bytes)
            : bytes < sizeof(ulong) ? head & ((1UL << (int)(8 * bytes)) - 1) : head;
        return (uint)(((name ^ bytes) * multiplier) >> (64 - PlaceBits));
    }

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
        // An empty entry is like every name, and unknown.
        new Span<Entry>(entries, 1 << PlaceBits).Fill(new Entry { Bit = Unknown });
        Span<byte> text = stackalloc byte[NameBytesMax];
        foreach (var (name, member) in Names)
        {
            text.Clear();
            Encoding.ASCII.GetBytes(name + '"', text);
            var entry = entries + PlaceOf(MemoryMarshal.Read<ulong>(text), (uint)name.Length, multiplier);
            if (entry->Bit != Unknown)
            {
                return false;
            }

            *entry = new Entry
            {
                Name = Vector128.Create<byte>(text),
                Mask = FirstBytes(name.Length + 1),
                Bit = (uint)member,
            };
        }

        return true;
    }

    [StructLayout(LayoutKind.Sequential, Size = 64)]
    private struct Entry
    {
        public Vector128<byte> Name;
        public Vector128<byte> Mask;
        public uint Bit;
    }
}
