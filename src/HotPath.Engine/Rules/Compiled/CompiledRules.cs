using System.Collections.Concurrent;
using HotPath.Engine.Ledger;
using HotPath.Engine.Names;

namespace HotPath.Engine.Rules.Compiled;

/// <summary>
/// A rule document under its version, with the classes of machines that its globs make. Any thread. A class is built
/// once, under a lock, when the first machine of its sort is seen; looking one up allocates nothing.
/// </summary>
internal sealed class CompiledRules
{
    private readonly object _building = new();
    private readonly Glob[][] _globLists;
    private readonly int[] _globListOfRule;
    private readonly ConcurrentDictionary<ulong, Covered> _classOfCover = new();
    private readonly (int Word, DowntimeCategory Category)[][] _categories;
    private volatile MachineClass[] _classes = [];

    public CompiledRules(long version, RuleDocument document, NameTables names)
    {
        Version = version;
        Document = document;
        Names = names;
        (_globLists, _globListOfRule) = DistinctGlobLists(document.Rules);
        _categories = [.. document.Rules.Select(CategoriesOf)];
    }

    public long Version { get; }

    public RuleDocument Document { get; }

    public NameTables Names { get; }

    public int ClassCount => _classes.Length;

    public MachineClass ClassAt(int index) => _classes[index];

    /// <summary>The category of a state under a rule of the document.</summary>
    public DowntimeCategory CategoryOf(int documentIndex, int stateWord)
    {
        foreach (var (word, category) in _categories[documentIndex])
        {
            if (word == stateWord)
            {
                return category;
            }
        }

        return DowntimeCategory.None;
    }

    /// <summary>The class of a machine.</summary>
    public MachineClass ClassOf(ReadOnlySpan<byte> equipmentUtf8)
    {
        // One bit for each different list of globs: at most 10,000 = 157 words.
        Span<ulong> cover = stackalloc ulong[(_globLists.Length + 63) / 64];
        cover.Clear();
        for (var list = 0; list < _globLists.Length; list++)
        {
            if (MatchesAny(_globLists[list], equipmentUtf8))
            {
                cover[list >> 6] |= 1UL << (list & 63);
            }
        }

        for (var hash = Hash(cover); ; hash++)
        {
            if (!_classOfCover.TryGetValue(hash, out var covered))
            {
                return BuildWhenNew(cover);
            }

            if (covered.Cover.AsSpan().SequenceEqual(cover))
            {
                return covered.Class;
            }
        }
    }

    private MachineClass BuildWhenNew(ReadOnlySpan<ulong> cover)
    {
        lock (_building)
        {
            var hash = Hash(cover);
            while (_classOfCover.TryGetValue(hash, out var covered))
            {
                if (covered.Cover.AsSpan().SequenceEqual(cover))
                {
                    return covered.Class;
                }

                hash++;
            }

            var covering = new List<int>();
            for (var rule = 0; rule < _globListOfRule.Length; rule++)
            {
                var list = _globListOfRule[rule];
                if ((cover[list >> 6] >> (list & 63) & 1) != 0)
                {
                    covering.Add(rule);
                }
            }

            var built = ClassBuilder.Build(this, covering, _classes.Length);
            _classes = [.. _classes, built];
            _classOfCover[hash] = new Covered(cover.ToArray(), built);
            return built;
        }
    }

    private static bool MatchesAny(Glob[] globs, ReadOnlySpan<byte> equipmentUtf8)
    {
        foreach (var glob in globs)
        {
            if (glob.Matches(equipmentUtf8))
            {
                return true;
            }
        }

        return false;
    }

    private static ulong Hash(ReadOnlySpan<ulong> cover)
    {
        var hash = 0xCBF2_9CE4_8422_2325UL;
        foreach (var word in cover)
        {
            hash = (hash ^ word) * 0x9E37_79B9_7F4A_7C15UL;
            hash ^= hash >> 29;
        }

        return hash;
    }

    private static (Glob[][] Lists, int[] ListOfRule) DistinctGlobLists(IReadOnlyList<Rule> rules)
    {
        var listOf = new Dictionary<string, int>(StringComparer.Ordinal);
        var lists = new List<Glob[]>();
        var listOfRule = new int[rules.Count];
        for (var rule = 0; rule < listOfRule.Length; rule++)
        {
            // A glob has no control characters, so this joins without ambiguity.
            var key = string.Join('\0', rules[rule].Equipment.Select(glob => glob.Text));
            if (!listOf.TryGetValue(key, out var list))
            {
                listOf[key] = list = lists.Count;
                lists.Add([.. rules[rule].Equipment]);
            }

            listOfRule[rule] = list;
        }

        return ([.. lists], listOfRule);
    }

    private (int, DowntimeCategory)[] CategoriesOf(Rule rule) =>
        [.. rule.Downtime.Categories.Select(pair => (RuleWords.Word(Names, pair.Key), pair.Value))];

    private sealed record Covered(ulong[] Cover, MachineClass Class);
}
