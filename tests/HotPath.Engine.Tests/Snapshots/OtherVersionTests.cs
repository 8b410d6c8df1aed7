using System.Buffers.Binary;
using System.Numerics;
using System.Reflection;
using HotPath.Engine.Ledger;
using HotPath.Engine.Rules;
using HotPath.TestKit.Disk;

namespace HotPath.Engine.Tests.Snapshots;

/// <summary>Data that another version of HotPath wrote: a start says what it cannot read, and loses nothing of it.</summary>
public sealed class OtherVersionTests
{
    /// <summary>
    /// Cause: a header of another format read as damage, and damage is cut away. Symptom: an upgrade deleted the ledger, and said
    /// nothing, or that snapshots are damaged.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Ledger_of_another_format_ends_the_start_untouched_and_is_derived_again_when_it_was_moved_away(bool hasSnapshot)
    {
        var disks = Disks.New();
        using (var bench = new EngineBench(disks))
        {
            bench.PutRules(EngineBench.Rules);
            bench.Feed(3_000);
            if (hasSnapshot)
            {
                bench.Snapshot();
            }

            bench.Feed(500);
            bench.Settle();
        }

        var written = disks.LedgerBytes();
        disks = disks.AfterKill();
        foreach (var (_, name) in LedgerSegment.List(disks.Ledger))
        {
            disks.Ledger.Replace(name, OfFormat(1, disks.Ledger.BytesOf(name)));
        }

        var older = disks.LedgerBytes();
        var fault = Assert.Throws<LedgerFaultException>(() => new EngineBench(disks));

        Assert.Contains("of format 1", fault.Message, StringComparison.Ordinal);
        Assert.Contains(LedgerSegment.List(disks.Ledger)[0].Name, fault.Message, StringComparison.Ordinal);
        Assert.Contains("directory ledger may be moved away", fault.Message, StringComparison.Ordinal);
        Assert.Equal(older, disks.LedgerBytes());

        disks = disks with { Ledger = new SimulatedDisk() };
        using var next = new EngineBench(disks);
        next.Settle();
        Assert.Equal(written, disks.LedgerBytes()[..written.Length]);
    }

    /// <summary>
    /// Cause: a rule document of the journal that is refused counted as a bug of HotPath. Symptom: a start that ended with a stack
    /// trace, and an operator who did not know what to do.
    /// </summary>
    [Fact]
    public void Rules_that_are_refused_now_end_the_start_with_their_place_and_what_to_do()
    {
        var disks = Disks.New();
        var lsn = 0L;
        using (var bench = new EngineBench(disks))
        {
            bench.Feed(100);

            // As a version took it that knew a member more.
            const string Text = "version: 1\nrules: []\nofAnotherVersion: 1\n";
            var constructor = typeof(RuleDocument).GetConstructors(BindingFlags.NonPublic | BindingFlags.Instance).Single();
            var document = (RuleDocument)constructor.Invoke([Text, Array.Empty<Rule>()]);
            Assert.True(bench.Engine.TryChangeRules(document, out var change, out _));
            lsn = change.Lsn;
            bench.Feed(100);
            bench.Settle();
        }

        disks = disks.AfterKill();
        var fault = Assert.Throws<RulesRefusedException>(() => new EngineBench(disks));

        Assert.Contains($"at LSN {lsn}", fault.Message, StringComparison.Ordinal);
        Assert.Contains("ofAnotherVersion", fault.Message, StringComparison.Ordinal);
        Assert.Contains("Nothing is lost", fault.Message, StringComparison.Ordinal);
        Assert.Equal(fault.Message, Assert.Throws<RulesRefusedException>(() => new EngineBench(disks)).Message);
    }

    private static byte[] OfFormat(uint format, byte[] bytes)
    {
        var changed = bytes.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(changed.AsSpan(4), format);
        var crc = uint.MaxValue;
        foreach (var value in changed.AsSpan(0, 60))
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(changed.AsSpan(60), ~crc);
        return changed;
    }
}
