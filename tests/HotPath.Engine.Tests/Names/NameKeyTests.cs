using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using HotPath.Engine.Names;
using HotPath.TestKit;
using HotPath.TestKit.Decode;
using Xunit.Abstractions;

namespace HotPath.Engine.Tests.Names;

public sealed unsafe class NameKeyTests(ITestOutputHelper output)
{
    [Fact]
    public void A_key_is_the_name_with_zeros_behind_it_and_its_length_last()
    {
        var text = Enumerable.Range(1, 64).Select(value => (byte)value).ToArray();
        fixed (byte* at = text)
        {
            for (var length = 1; length <= NameKey.NameBytesMax; length++)
            {
                byte[] expected = [.. text[..length], .. new byte[62 - length], (byte)length, 0];
                Assert.Equal(Vector512.Create<byte>(expected), NameKey.Of(text.AsSpan(0, length)));
                if (NameKey.MayLoad(at))
                {
                    Assert.Equal(Vector512.Create<byte>(expected), NameKey.Of(at, length));
                }
            }
        }

        Assert.False(NameKey.Has(0));
        Assert.True(NameKey.Has(NameKey.NameBytesMax));
        Assert.False(NameKey.Has(NameKey.NameBytesMax + 1));
    }

    [Fact]
    public void A_name_is_found_wherever_it_stands_in_a_page_and_nothing_behind_it_is_read()
    {
        using var page = new GuardedPage();
        var directory = new NameDirectory(NameSort.Tag, 1000, 256);
        for (var bytes = 0; bytes <= 256; bytes++)
        {
            var name = Enumerable.Repeat((byte)'n', bytes).ToArray();
            directory.TryIntern(name, 0, out var added);
            for (var behind = 0; behind < 80; behind++)
            {
                var at = new Span<byte>(page.End - bytes - behind, bytes);
                name.CopyTo(at);

                Assert.True(directory.TryFind(at, out var found));
                Assert.Equal(added, found);
            }
        }
    }

    /// <summary>Names as plants have them, and names that differ in one byte: no hash is met twice among 64 K.</summary>
    [Fact]
    public void Hashes_of_like_names_differ_in_both_halves()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var random = new Random(seed);
        var saltBytes = new byte[64];
        random.NextBytes(saltBytes);
        var salt = Vector512.Create<uint>(MemoryMarshal.Cast<byte, uint>(saltBytes));
        const int Count = 1 << 16;
        var upper = new HashSet<uint>();
        var places = new int[1 << 10];
        for (var index = 0; index < Count; index++)
        {
            var hash = NameKey.Hash(NameKey.Of(System.Text.Encoding.UTF8.GetBytes($"plant/line-{index % 16}/machine-{index}")), salt);
            upper.Add((uint)(hash >> 32));
            places[hash & 1023]++;
        }

        // Of 64 K random 32-bit numbers half a pair is the same; of 64 in a place 130 would be 8 sigma.
        Assert.InRange(upper.Count, Count - 16, Count);
        Assert.InRange(places.Max(), 64, 130);
    }
}
