// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>How much a manifest may have of everything, the same for all syntaxes.</summary>
/// <param name="MaxDepth">The deepest nesting of lists and maps, the manifest itself included.</param>
/// <param name="MaxNodes">The most scalars, lists and maps, keys not counted.</param>
/// <param name="MaxScalarBytes">The longest scalar or key, in bytes.</param>
internal sealed record NodeLimits(int MaxDepth, int MaxNodes, int MaxScalarBytes)
{
    /// <summary>The deepest nesting outside of <c>custom</c>.</summary>
    internal const int MaxDepthOfFields = 16;

    /// <summary>The limits of a manifest's file; below <c>custom</c> 64 levels fit.</summary>
    internal static readonly NodeLimits File = new(MaxDepth: 65, MaxNodes: 10_000, MaxScalarBytes: 64 * 1024);

    /// <summary>The limits of a manifest within a message of the console, whose line has a limit of its own.</summary>
    internal static readonly NodeLimits Message = new(MaxDepth: 127, MaxNodes: 1_000_000, MaxScalarBytes: int.MaxValue);

    /// <summary>Checks the nesting of everything but <c>custom</c>.</summary>
    internal static void CheckFields(MappingNode root)
    {
        foreach ((ScalarNode key, Node value) in root.Entries)
        {
            if (key.Text != "custom")
            {
                CheckDepth(value, 2);
            }
        }
    }

    private static void CheckDepth(Node node, int depth)
    {
        if (node is ScalarNode)
        {
            return;
        }

        if (depth > MaxDepthOfFields)
        {
            throw new ManifestSyntaxException("H07", node.Place, $"lists and maps outside of 'custom' nest deeper than {MaxDepthOfFields} levels");
        }

        IEnumerable<Node> children = node is SequenceNode list ? list.Items : ((MappingNode)node).Entries.ConvertAll(static e => e.Value);
        foreach (Node child in children)
        {
            CheckDepth(child, depth + 1);
        }
    }
}
