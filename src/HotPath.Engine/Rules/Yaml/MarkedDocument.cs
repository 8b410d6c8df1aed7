using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace HotPath.Engine.Rules.Yaml;

/// <summary>
/// Reads one YAML document into marked nodes, within bounds: text, depth, nodes and scalars are limited, and an alias
/// may not stand within what it names. Any thread; never throws for what stands in the text.
/// </summary>
internal sealed class MarkedDocument
{
    private readonly Dictionary<string, (MarkedNode Node, int NodeCount)> _anchors = new(StringComparer.Ordinal);
    private readonly Stack<Open> _open = new();
    private int _nodeCount;
    private MarkedNode? _root;
    private RuleFault? _fault;

    private MarkedDocument()
    {
    }

    /// <summary>The root of the only document, or the one fault that made reading stop.</summary>
    public static bool TryRead(string text, out MarkedNode root, out RuleFault? fault)
    {
        var reader = new MarkedDocument();
        fault = UnreadableText.FaultOf(text) ?? reader.Read(text);
        root = reader._root!;
        return fault is null;
    }

    private RuleFault? Read(string text)
    {
        var bounded = new BoundedText(text);
        var end = Mark.Empty;
        try
        {
            var parser = new Parser(bounded);
            while (_fault is null && parser.MoveNext())
            {
                end = parser.Current!.End;
                bounded.GoOn();
                Take(parser.Current);
            }
        }
        catch (YamlException exception)
        {
            return bounded.IsCut ? TooLong(end) : YamlCure.FaultOf(exception, text);
        }
        catch (Exception fault) when (fault is InvalidOperationException or ArgumentException or FormatException
            or OverflowException or IndexOutOfRangeException or NullReferenceException)
        {
            // Faults of the parser's own where it meets what it did not expect, such as an open bracket before a block.
            return YamlCure.FaultBehind(end);
        }

        return _fault
            ?? (bounded.IsCut ? TooLong(end)
            : _root is null ? new RuleFault(1, 1, "the document is empty", "write version: 1 and rules: []")
            : null);
    }

    private static RuleFault TooLong(Mark end) => At(
        end,
        $"a text or comment of more than {RuleLimits.CharsBetweenValuesMax:N0} characters stands behind this place",
        "close its quotes, or cut it down");

    private void Take(ParsingEvent happening)
    {
        switch (happening)
        {
            case Scalar scalar:
                TakeScalar(scalar);
                break;
            case SequenceStart start:
                Enter(new MarkedList(Line(start.Start), Column(start.Start)), start.Anchor, start.Start);
                break;
            case MappingStart start:
                Enter(new MarkedTable(Line(start.Start), Column(start.Start)), start.Anchor, start.Start);
                break;
            case SequenceEnd or MappingEnd:
                Leave();
                break;
            case AnchorAlias alias:
                TakeAlias(alias);
                break;
            case DocumentStart when _root is not null:
                _fault = At(happening.Start, "a second document begins here", "write one document into one file");
                break;
        }
    }

    private void TakeScalar(Scalar scalar)
    {
        if (scalar.Value.Length > RuleLimits.ScalarCharsMax)
        {
            _fault = At(scalar.Start, $"a text of more than {RuleLimits.ScalarCharsMax:N0} characters", "close its quotes, or cut it down");
            return;
        }

        var isPlain = scalar.Style == ScalarStyle.Plain;
        var writtenChars = scalar.End.Index - scalar.Start.Index - (isPlain ? 0 : 2);
        var isOnOneLine = scalar.Start.Line == scalar.End.Line && writtenChars == scalar.Value.Length;
        Place(
            new MarkedText(Line(scalar.Start), Column(scalar.Start), scalar.Value, isPlain, isOnOneLine),
            scalar.Anchor,
            1,
            scalar.Start);
    }

    private void TakeAlias(AnchorAlias alias)
    {
        if (_anchors.TryGetValue(alias.Value.Value, out var named))
        {
            Place(named.Node, AnchorName.Empty, named.NodeCount, alias.Start);
            return;
        }

        _fault = At(
            alias.Start,
            $"the alias *{alias.Value.Value} names nothing that is complete here",
            $"write &{alias.Value.Value} before it, and not around it");
    }

    private void Enter(MarkedNode node, AnchorName anchor, Mark start)
    {
        if (_open.Count == RuleLimits.DocumentDepthMax)
        {
            _fault = At(
                start,
                $"lists and tables stand more than {RuleLimits.DocumentDepthMax} deep within one another",
                "write it flatter; a rule document has 8 levels");
            return;
        }

        _open.Push(new Open(node, anchor, _nodeCount, start));
    }

    private void Leave()
    {
        var open = _open.Pop();
        if (open.Key is not null)
        {
            _fault = new RuleFault(open.Key.Line, open.Key.Column, $"the key {open.Key.Value} has no value", "give it one, or leave the key out");
            return;
        }

        Place(open.Node, open.Anchor, 1 + _nodeCount - open.NodeCountBefore, open.Start, isCounted: true);
    }

    private void Place(MarkedNode node, AnchorName anchor, int nodeCount, Mark start, bool isCounted = false)
    {
        _nodeCount += isCounted ? 1 : nodeCount;
        if (_nodeCount > RuleLimits.NodeCountMax)
        {
            _fault = At(
                start,
                $"the document has more than {RuleLimits.NodeCountMax:N0} values, aliases counted as what they stand for",
                "use fewer aliases, or fewer rules");
            return;
        }

        if (!anchor.IsEmpty)
        {
            _anchors[anchor.Value] = (node, nodeCount);
        }

        if (_open.Count == 0)
        {
            _root = node;
            return;
        }

        _fault = _open.Peek().Add(node);
    }

    private static RuleFault At(Mark mark, string problem, string cure) => new(Line(mark), Column(mark), problem, cure);

    private static int Line(Mark mark) => Math.Max(1, (int)mark.Line);

    private static int Column(Mark mark) => Math.Max(1, (int)mark.Column);

    /// <summary>A list or table whose end has not come yet.</summary>
    private sealed class Open(MarkedNode node, AnchorName anchor, int nodeCountBefore, Mark start)
    {
        public MarkedNode Node { get; } = node;

        public AnchorName Anchor { get; } = anchor;

        public int NodeCountBefore { get; } = nodeCountBefore;

        public Mark Start { get; } = start;

        public MarkedText? Key { get; private set; }

        public RuleFault? Add(MarkedNode child)
        {
            if (Node is MarkedList list)
            {
                list.Items.Add(child);
                return list.Items.Count > RuleLimits.ListItemsMax
                    ? new RuleFault(
                        child.Line,
                        child.Column,
                        $"this list has more than {RuleLimits.ListItemsMax:N0} items",
                        "at most 10,000 rules are allowed, and no other list may be longer")
                    : null;
            }

            if (Key is not null)
            {
                ((MarkedTable)Node).Entries.Add(new(Key, child));
                Key = null;
            }
            else if (((MarkedTable)Node).Entries.Count == RuleLimits.TableKeysMax)
            {
                return new RuleFault(
                    child.Line, child.Column, $"this table has more than {RuleLimits.TableKeysMax} keys", "no table of a rule document has as many");
            }
            else if (child is MarkedText key)
            {
                Key = key;
            }
            else
            {
                return new RuleFault(child.Line, child.Column, $"a key is a text, not {child.Sort}", "write key: value");
            }

            return null;
        }
    }
}
