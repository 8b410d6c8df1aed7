using HotPath.Delta.Columns;

namespace HotPath.Delta.Parquet.Format;

/// <summary>A tree of nodes and its leaves, which are the columns of the file, in order. Immutable.</summary>
public sealed class ParquetSchema
{
    /// <summary>Levels are kept in bytes; no table nests as deep.</summary>
    internal const int DepthMax = 64;

    private readonly List<ParquetNode> _leaves = [];

    public ParquetSchema(ParquetNode root)
    {
        Root = root;
        foreach (var child in root.Children)
        {
            Place(child, root, [], 0, 0, 1);
        }
    }

    public ParquetNode Root { get; }

    public IReadOnlyList<ParquetNode> Leaves => _leaves;

    /// <summary>The schema of a flat table.</summary>
    public static ParquetSchema Of(IReadOnlyList<Column> columns)
    {
        var children = new List<ParquetNode>(columns.Count);
        foreach (var column in columns)
        {
            children.Add(LeafTypes.ToNode(column));
        }

        return new ParquetSchema(new ParquetNode { Name = "schema", IsGroup = true, Children = children });
    }

    /// <summary>The leaf at a path such as <c>add.path</c> or <c>add.partitionValues.key_value.key</c>; null when there is none.</summary>
    public ParquetNode? FindLeaf(params ReadOnlySpan<string> path)
    {
        var node = Root;
        foreach (var name in path)
        {
            node = node.Child(name);
            if (node is null)
            {
                return null;
            }
        }

        return node.IsLeaf ? node : null;
    }

    private void Place(ParquetNode node, ParquetNode parent, IReadOnlyList<string> above, int definition, int repetition, int depth)
    {
        if (depth > DepthMax)
        {
            throw new ParquetFormatException($"The schema nests deeper than {DepthMax} at '{node.Name}'.");
        }

        node.Parent = parent;
        node.Path = [.. above, node.Name];
        node.DefinitionLevelMax = definition + (node.Repetition == Repetition.Required ? 0 : 1);
        node.RepetitionLevelMax = repetition + (node.Repetition == Repetition.Repeated ? 1 : 0);
        if (node.IsLeaf)
        {
            node.LeafIndex = _leaves.Count;
            _leaves.Add(node);
        }

        foreach (var child in node.Children)
        {
            Place(child, node, node.Path, node.DefinitionLevelMax, node.RepetitionLevelMax, depth + 1);
        }
    }
}
