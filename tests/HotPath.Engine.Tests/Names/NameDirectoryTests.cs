using System.Text;
using HotPath.Engine.Names;
using HotPath.Engine.Ring;
using HotPath.TestKit;
using Xunit.Abstractions;

namespace HotPath.Engine.Tests.Names;

public sealed class NameDirectoryTests(ITestOutputHelper output)
{
    [Fact]
    public void Names_of_every_length_are_found_and_none_that_is_not_there()
    {
        var directory = NewDirectory();
        for (var bytes = 0; bytes <= 256; bytes++)
        {
            Assert.Equal(InternOutcome.Added, directory.TryIntern(Name(bytes), 5, out var index));
            Assert.Equal(bytes, index);
        }

        for (var bytes = 0; bytes <= 256; bytes++)
        {
            Assert.True(directory.TryFind(Name(bytes), out var index));
            Assert.Equal(bytes, index);
            Assert.Equal(Name(bytes), directory.Utf8(index).ToArray());
            for (var place = 0; place < bytes; place++)
            {
                var other = Name(bytes);
                other[place] ^= 1;
                Assert.False(directory.TryFind(other, out _), $"byte {place} of {bytes}");
            }
        }
    }

    [Fact]
    public void A_name_is_known_by_its_length_too()
    {
        var directory = NewDirectory();
        directory.TryIntern("ab\0"u8, 0, out _);

        Assert.False(directory.TryFind("ab"u8, out _));
        Assert.False(directory.TryFind("ab\0\0"u8, out _));
    }

    [Fact]
    public void Hundreds_of_thousands_of_names_keep_their_indexes_while_the_table_grows()
    {
        var directory = NewDirectory();
        const int Count = 300_000;
        for (var index = 0; index < Count; index++)
        {
            directory.TryIntern(Encoding.UTF8.GetBytes($"machine-{index}"), index, out var added);
            Assert.Equal(index, added);
        }

        Assert.Equal(Count, directory.Count);
        for (var index = 0; index < Count; index++)
        {
            Assert.Equal(InternOutcome.Known, directory.TryIntern(Encoding.UTF8.GetBytes($"machine-{index}"), 0, out var found));
            Assert.Equal(index, found);
        }

        Assert.Equal(("machine-777", 777), (directory.Text(777), directory.FirstSeenMicros(777)));
    }

    [Fact]
    public void Over_a_limit_a_name_is_refused_and_nothing_changes()
    {
        var directory = new NameDirectory(NameSort.Tag, countMax: 2, bytesMax: 3);

        Assert.Equal(InternOutcome.TooLong, directory.TryIntern("abcd"u8, 0, out _));
        directory.TryIntern("a"u8, 0, out _);
        directory.TryIntern("b"u8, 0, out _);

        Assert.Equal(InternOutcome.Full, directory.TryIntern("c"u8, 0, out _));
        Assert.Equal(InternOutcome.Known, directory.TryIntern("b"u8, 0, out var index));
        Assert.Equal((2, 1), (directory.Count, index));
    }

    /// <summary>Readers look names up, and read what they found, while a writer adds and the table and its rows grow.</summary>
    [Fact]
    public void Readers_find_every_name_that_was_added_before_they_looked()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var directory = NewDirectory();
        const int Count = 60_000;
        var names = Enumerable.Range(0, Count).Select(index => Encoding.UTF8.GetBytes($"{new string('n', index % 90)}{index}")).ToArray();
        var faults = 0;
        var readers = Enumerable.Range(0, 2).Select(reader => new Thread(() =>
        {
            var random = new Random(seed + reader);
            for (var count = 0; count < Count; count = directory.Count)
            {
                if (count == 0)
                {
                    continue;
                }

                var index = random.Next(count);
                var isRight = directory.TryFind(names[index], out var found) && found == index
                    && directory.Utf8(index).SequenceEqual(names[index]) && directory.Text(index).Length == names[index].Length;
                Interlocked.Add(ref faults, isRight ? 0 : 1);
            }
        })).ToArray();
        Array.ForEach(readers, reader => reader.Start());
        foreach (var name in names)
        {
            directory.TryIntern(name, 0, out _);
        }

        Array.ForEach(readers, reader => reader.Join());
        Assert.Equal(0, faults);
    }

    [Fact]
    public void Threads_that_intern_the_same_names_agree_on_their_indexes()
    {
        var directory = NewDirectory();
        const int Count = 20_000;
        var indexes = new int[3][];
        var threads = Enumerable.Range(0, indexes.Length).Select(thread => new Thread(() =>
        {
            indexes[thread] = new int[Count];
            for (var index = 0; index < Count; index++)
            {
                directory.TryIntern(Encoding.UTF8.GetBytes($"m{index}"), 0, out indexes[thread][index]);
            }
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        Assert.Equal(Count, directory.Count);
        Assert.Equal(indexes[0], indexes[1]);
        Assert.Equal(indexes[0], indexes[2]);
        Assert.Equal(Enumerable.Range(0, Count), indexes[0].Order());
    }

    /// <summary>Names of all lengths, known and not, while the table grows between the steps.</summary>
    [Fact]
    public unsafe void Names_that_are_asked_together_have_the_indexes_of_those_asked_one_by_one()
    {
        var directory = NewDirectory();
        const int Count = 257;
        var asked = new AskedName[Count];
        var bytes = GC.AllocateArray<byte>(Count * 256, pinned: true);
        for (var round = 0; round < 200; round++)
        {
            for (var index = 0; index < Count; index++)
            {
                var name = Encoding.UTF8.GetBytes($"{round + (index % 3)}{new string('n', index % 250)}{index}");
                name.AsSpan(0, int.Min(256, name.Length)).CopyTo(bytes.AsSpan(index * 256));
                directory.Ask((byte*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(bytes, index * 256), int.Min(256, name.Length), ref asked[index]);
            }

            InternSome(directory, bytes, asked, round);
            Array.ForEach(Enumerable.Range(0, Count).ToArray(), index => directory.Approach(ref asked[index]));
            var known = Enumerable.Range(0, Count).Select(index => Find(directory, asked[index])).ToArray();
            InternSome(directory, bytes, asked, round + 1);
            for (var index = 0; index < Count; index++)
            {
                var found = directory.IndexOf(asked[index]);
                Assert.True(known[index] >= 0 ? found == known[index] : found < 0 || found == Find(directory, asked[index]), $"{round}, {index}");
            }
        }
    }

    private static unsafe int Find(NameDirectory directory, AskedName name) =>
        directory.TryFind(new ReadOnlySpan<byte>(name.At, name.Bytes), out var index) ? index : -1;

    private static unsafe void InternSome(NameDirectory directory, byte[] bytes, AskedName[] asked, int round)
    {
        for (var index = round % 5; index < asked.Length; index += 5)
        {
            directory.TryIntern(bytes.AsSpan(index * 256, asked[index].Bytes), 0, out _);
        }
    }

    [Fact]
    public void A_known_name_is_found_without_allocating()
    {
        var directory = NewDirectory();
        byte[][] names = [Name(5), Name(20), Name(40), Name(62), Name(63), Name(256)];
        foreach (var name in names)
        {
            directory.TryIntern(name, 0, out _);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        var sum = 0;
        for (var round = 0; round < 10_000; round++)
        {
            foreach (var name in names)
            {
                directory.TryIntern(name, 0, out var index);
                sum += index;
            }
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(10_000 * 15, sum);
    }

    [Fact]
    public void A_senders_quota_counts_its_new_names_and_not_those_of_others()
    {
        var directory = NewDirectory();
        var quota = new NameQuota(namesPerSenderMax: 2, symbolsPerTagMax: 1);

        Assert.Equal(RejectReason.None, quota.TryName(directory, "a"u8, senderSourceIndex: 70, 0, out _));
        Assert.Equal(RejectReason.None, quota.TryName(directory, "b"u8, senderSourceIndex: 70, 0, out _));
        Assert.Equal(RejectReason.NameLimit, quota.TryName(directory, "c"u8, senderSourceIndex: 70, 0, out var refused));
        Assert.Equal(Slot.NoIndex, refused);
        Assert.Equal(RejectReason.None, quota.TryName(directory, "c"u8, senderSourceIndex: 3, 0, out _));
        Assert.Equal(RejectReason.None, quota.TryName(directory, "c"u8, senderSourceIndex: 70, 0, out var known));
        Assert.Equal(2, known);
    }

    private static NameDirectory NewDirectory() => new(NameSort.Equipment, 1 << 20, 256);

    private static byte[] Name(int bytes) => [.. Enumerable.Range(0, bytes).Select(index => (byte)('a' + (index % 26)))];
}
