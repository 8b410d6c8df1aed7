using System.Collections.Concurrent;
using HotPath.Engine.Ledger;
using HotPath.Engine.Names;

namespace HotPath.Engine.Rules.Compiled;

/// <summary>
/// A rule document under its version, with the classes of machines that its globs make. Any thread. A class is built
/// once, under a lock, when the first machine of its sort is seen; looking one up allocates nothing.
/// </summary>
/// <remarks>
/// Where a document has no list of globs that the one before did not have, which rules cover a machine follows from its
/// class there. Then the classes stand at the same places, and a machine whose rules are the same stays as it is.
/// </remarks>
internal sealed class CompiledRules
{
    private readonly object _building = new();
    private readonly Glob[][] _globLists;
    private readonly int[] _globListOfRule;
    private readonly ConcurrentDictionary<ulong, Covered> _classOfCover = new();
    private readonly (int Word, DowntimeCategory Category)[][] _categories;
    private readonly ConcurrentDictionary<(MachineClass Old, MachineClass Next), ClassChange> _changes = new();
    private readonly bool[] _isUnchanged = [];
    private volatile MachineClass[] _classes = [];

    // By class.
    private ulong[][] _covers = [];

    public CompiledRules(long version, RuleDocument document, NameTables names, CompiledRules? before = null)
    {
        Version = version;
        Document = document;
        Names = names;
        (_globLists, _globListOfRule) = DistinctGlobLists(document.Rules);
        _categories = [.. document.Rules.Select(CategoriesOf)];
        if (before is not null && ListsOf(before) is { } lists)
        {
            InheritedVersion = before.Version;
            _isUnchanged = Inherit(before, lists);
        }
    }

    public long Version { get; }

    public RuleDocument Document { get; }

    public NameTables Names { get; }

    public int ClassCount => _classes.Length;

    /// <summary>The version whose first <see cref="InheritedCount"/> classes stand at the same places here, or null.</summary>
    public long? InheritedVersion { get; }

    public int InheritedCount => _isUnchanged.Length;

    /// <summary>Whether an inherited class has the same rules as before, so that its machines stay as they are.</summary>
    public bool IsUnchanged(int index) => _isUnchanged[index];

    public MachineClass ClassAt(int index) => _classes[index];

    /// <summary>
    /// Works out what the machines known now keep of the version before, so that no shard has to; one that is new in
    /// between may be the first of its pair of classes.
    /// </summary>
    public void PrepareChanges(CompiledRules before)
    {
        for (var index = 0; index < InheritedCount; index++)
        {
            ChangeFrom(before.ClassAt(index), ClassAt(index));
        }

        for (var equipment = InheritedVersion is null ? Names.Equipment.Count - 1 : -1; equipment >= 0; equipment--)
        {
            var name = Names.Equipment.Utf8(equipment);
            ChangeFrom(before.ClassOf(name), ClassOf(name));
        }
    }

    /// <summary>What a machine keeps that comes from a class of the version before.</summary>
    public ClassChange ChangeFrom(MachineClass old, MachineClass next) =>
        _changes.TryGetValue((old, next), out var change) ? change : ChangeWhenNew(old, next);

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

    private ClassChange ChangeWhenNew(MachineClass old, MachineClass next) =>
        _changes.GetOrAdd((old, next), new ClassChange(old, next));

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

            return Build(cover.ToArray(), hash);
        }
    }

    private MachineClass Build(ulong[] cover, ulong hash)
    {
        var built = ClassBuilder.Build(this, CoveringRules(cover), _classes.Length);
        _covers = [.. _covers, cover];
        _classes = [.. _classes, built];
        _classOfCover.TryAdd(hash, new Covered(cover, built));
        return built;
    }

    private List<int> CoveringRules(ulong[] cover)
    {
        var covering = new List<int>();
        for (var rule = 0; rule < _globListOfRule.Length; rule++)
        {
            var list = _globListOfRule[rule];
            if ((cover[list >> 6] >> (list & 63) & 1) != 0)
            {
                covering.Add(rule);
            }
        }

        return covering;
    }

    /// <summary>For each list of globs its place in the other document; null when that lacks one.</summary>
    private int[]? ListsOf(CompiledRules before)
    {
        var placeOf = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var list = 0; list < before._globLists.Length; list++)
        {
            placeOf[KeyOf(before._globLists[list])] = list;
        }

        int[] places = [.. _globLists.Select(list => placeOf.GetValueOrDefault(KeyOf(list), -1))];
        return places.Contains(-1) ? null : places;
    }

    private bool[] Inherit(CompiledRules before, int[] listsBefore)
    {
        ulong[][] covers;
        lock (before._building)
        {
            covers = before._covers;
        }

        var isUnchanged = new bool[covers.Length];
        for (var index = 0; index < covers.Length; index++)
        {
            var cover = new ulong[(_globLists.Length + 63) / 64];
            for (var list = 0; list < listsBefore.Length; list++)
            {
                var was = listsBefore[list];
                cover[list >> 6] |= (covers[index][was >> 6] >> (was & 63) & 1) << (list & 63);
            }

            // Two classes that differed in a list that is gone are alike now, and yet each has its place.
            Build(cover, FreeHash(cover));
            isUnchanged[index] = AreTheSame(before, before.CoveringRules(covers[index]), CoveringRules(cover));
        }

        return isUnchanged;
    }

    private ulong FreeHash(ulong[] cover)
    {
        var hash = Hash(cover);
        while (_classOfCover.TryGetValue(hash, out var covered) && !covered.Cover.AsSpan().SequenceEqual(cover))
        {
            hash++;
        }

        return hash;
    }

    private bool AreTheSame(CompiledRules before, List<int> rulesBefore, List<int> rules) =>
        rules.Count == rulesBefore.Count
        && rules.Zip(rulesBefore).All(pair =>
            Document.Rules[pair.First].MeansTheSameAs(before.Document.Rules[pair.Second]));

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
            var key = KeyOf(rules[rule].Equipment);
            if (!listOf.TryGetValue(key, out var list))
            {
                listOf[key] = list = lists.Count;
                lists.Add([.. rules[rule].Equipment]);
            }

            listOfRule[rule] = list;
        }

        return ([.. lists], listOfRule);
    }

    // A glob has no control characters, so this joins without ambiguity.
    private static string KeyOf(IEnumerable<Glob> globs) => string.Join('\0', globs.Select(glob => glob.Text));

    private (int, DowntimeCategory)[] CategoriesOf(Rule rule) =>
        [.. rule.Downtime.Categories.Select(pair => (RuleWords.Word(Names, pair.Key), pair.Value))];

    private sealed record Covered(ulong[] Cover, MachineClass Class);
}
