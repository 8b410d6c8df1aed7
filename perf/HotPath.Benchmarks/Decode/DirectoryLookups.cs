using System.Runtime.InteropServices;
using System.Text;
using HotPath.Benchmarks.Results;
using HotPath.Engine.Names;

namespace HotPath.Benchmarks.Decode;

/// <summary>
/// Look-ups alone, at random among so many names of 36 bytes: the directory one by one and 32 together, beside the
/// dictionary that an application would have, asked with bytes.
/// </summary>
internal sealed unsafe class DirectoryLookups
{
    private const int NameBytes = 36;
    private const int LookupCount = 1 << 18;
    private const int Together = 32;

    private readonly int _nameCount;
    private readonly NameDirectory _directory = new(NameSort.Equipment, 1 << 20, 256);
    private readonly Dictionary<byte[], int> _dictionary = new(new BytesComparer());
    private readonly byte[] _asked = GC.AllocateUninitializedArray<byte>(LookupCount * NameBytes, pinned: true);
    private readonly AskedName[] _names = new AskedName[Together];
    private readonly long _expectedSum;

    public DirectoryLookups(int nameCount)
    {
        _nameCount = nameCount;
        var random = new Random(5);
        var names = new byte[nameCount][];
        Span<byte> bytes = stackalloc byte[16];
        for (var index = 0; index < nameCount; index++)
        {
            random.NextBytes(bytes);
            names[index] = Encoding.UTF8.GetBytes(new Guid(bytes).ToString());
            _directory.TryIntern(names[index], 0, out _);
            _dictionary[names[index]] = index;
        }

        for (var at = 0; at < LookupCount; at++)
        {
            var index = random.Next(nameCount);
            names[index].CopyTo(_asked, at * NameBytes);
            _expectedSum += index;
        }
    }

    public void Add(BenchResult result, int rounds, int warmUpRounds)
    {
        var (straight, together, dictionary) = (new Measured("straight"), new Measured("together"), new Measured("dictionary"));
        for (var round = 0; round < warmUpRounds + rounds; round++)
        {
            Take(straight, round >= warmUpRounds, Straight);
            Take(together, round >= warmUpRounds, TogetherAll);
            Take(dictionary, round >= warmUpRounds, Dictionary);
        }

        const string Table = "one look-up at random";
        var name = $"{_nameCount:#,0} names";
        result.Add(Table, name, "one by one", straight);
        result.Add(Table, name, "32 together", together);
        result.Add(Table, name, "Dictionary<byte[], int>, asked with a span", dictionary);
        result.Add(Ratio(Table, name, "one by one over together", straight, together, null));
        result.Add(Ratio(Table, name, "dictionary over one by one", dictionary, straight, Goal.AtLeast(1)));
        result.Add(Ratio(Table, name, "dictionary over together", dictionary, together, Goal.AtLeast(1)));
    }

    private static Figure Ratio(string table, string name, string measure, Measured one, Measured other, Goal? goal) =>
        new(table, name, measure, "x", [.. one.Nanoseconds.Zip(other.Nanoseconds, (first, second) => first / second)]) { Goal = goal };

    private void Take(Measured measured, bool counts, Func<long> run)
    {
        var sum = 0L;
        (counts ? measured : new Measured("warm-up")).Take(LookupCount, () => sum = run());
        if (sum != _expectedSum)
        {
            throw new InvalidOperationException("Other names were found; nothing is timed.");
        }
    }

    private byte* Asked(int at) => (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_asked, at * NameBytes);

    private long Straight()
    {
        var first = Asked(0);
        var sum = 0L;
        for (var at = 0; at < LookupCount; at++)
        {
            sum += _directory.IndexOf(first + (at * NameBytes), NameBytes);
        }

        return sum;
    }

    private long TogetherAll()
    {
        var first = Asked(0);
        var sum = 0L;
        for (var at = 0; at < LookupCount; at += Together)
        {
            for (var index = 0; index < Together; index++)
            {
                _directory.Ask(first + ((at + index) * NameBytes), NameBytes, ref _names[index]);
            }

            foreach (ref var name in _names.AsSpan())
            {
                _directory.Approach(ref name);
            }

            foreach (ref readonly var name in _names.AsSpan())
            {
                sum += _directory.IndexOf(name);
            }
        }

        return sum;
    }

    private long Dictionary()
    {
        var lookup = _dictionary.GetAlternateLookup<ReadOnlySpan<byte>>();
        var sum = 0L;
        for (var at = 0; at < LookupCount; at++)
        {
            sum += lookup[_asked.AsSpan(at * NameBytes, NameBytes)];
        }

        return sum;
    }

    /// <summary>Eight bytes at a time by multiplication, as fast as a dictionary may be asked for.</summary>
    private sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = (ulong)alternate.Length;
            for (; alternate.Length >= sizeof(ulong); alternate = alternate[sizeof(ulong)..])
            {
                hash = Math.BigMul(hash ^ MemoryMarshal.Read<ulong>(alternate), 0x9E37_79B9_7F4A_7C15UL, out var low) ^ low;
            }

            foreach (var value in alternate)
            {
                hash = (hash ^ value) * 0x9E37_79B9_7F4A_7C15UL;
            }

            return (int)(hash ^ (hash >> 32));
        }
    }
}
