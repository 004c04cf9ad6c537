// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;

namespace Northstar.Npk;

/// <summary>Makes the scalars of one manifest and counts what it has of everything.</summary>
internal sealed class NodeBudget(NodeLimits limits)
{
    private int _depth;
    private int _nodes;

    internal void Enter(Place place)
    {
        Count(place);
        if (++_depth > limits.MaxDepth)
        {
            throw new ManifestSyntaxException("H07", place, $"lists and maps nest deeper than {limits.MaxDepth} levels");
        }
    }

    internal void Leave() => _depth--;

    internal ScalarNode Scalar(Place place, ScalarKind kind, string text, string? tag = null)
    {
        Count(place);
        return Key(place, kind, text, tag);
    }

    internal ScalarNode Key(Place place, ScalarKind kind, string text, string? tag = null)
    {
        if (text.Length > limits.MaxScalarBytes || Encoding.UTF8.GetByteCount(text) > limits.MaxScalarBytes)
        {
            throw new ManifestSyntaxException("H07", place, $"a text is longer than {limits.MaxScalarBytes} bytes");
        }

        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[++i])))
            {
                throw new ManifestSyntaxException("S01", place, "a text has half of a surrogate pair, which is no character");
            }
        }

        return new ScalarNode(place, kind, text, tag);
    }

    /// <summary>Counts one more scalar, list or map.</summary>
    internal void Count(Place place)
    {
        if (++_nodes > limits.MaxNodes)
        {
            throw new ManifestSyntaxException("H07", place, $"the manifest has more than {limits.MaxNodes} values");
        }
    }
}
