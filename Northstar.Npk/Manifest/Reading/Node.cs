// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>A place in the text of a manifest; line and column start at 1, both 0 mean no place.</summary>
internal readonly record struct Place(int Line, int Column);

/// <summary>A node of a manifest's text, the same for YAML, JSON and TOML.</summary>
internal abstract class Node(Place place, string? tag)
{
    internal Place Place { get; } = place;

    /// <summary>Gets the tag of a YAML node without its <c>!</c>, or null.</summary>
    internal string? Tag { get; } = tag;

    internal abstract string KindName { get; }
}

internal sealed class ScalarNode(Place place, ScalarKind kind, string text, string? tag = null) : Node(place, tag)
{
    internal ScalarKind Kind { get; } = kind;

    internal string Text { get; } = text;

    internal override string KindName => Kind switch
    {
        ScalarKind.Boolean => "a boolean",
        ScalarKind.Integer => "an integer",
        ScalarKind.Float => "a float",
        ScalarKind.Null => "null",
        ScalarKind.DateTime => "a date or time",
        _ => "text",
    };
}

internal sealed class SequenceNode(Place place, List<Node> items, string? tag = null) : Node(place, tag)
{
    internal List<Node> Items { get; } = items;

    internal override string KindName => "a list";
}

internal sealed class MappingNode(Place place, List<KeyValuePair<ScalarNode, Node>> entries, string? tag = null) : Node(place, tag)
{
    internal List<KeyValuePair<ScalarNode, Node>> Entries { get; } = entries;

    internal override string KindName => "a map";
}

internal enum ScalarKind
{
    /// <summary>A plain scalar of YAML; what it is depends on the place that expects it.</summary>
    Plain,

    /// <summary>Text for certain: a quoted or block scalar of YAML, a string of JSON or TOML.</summary>
    String,

    Integer,
    Float,
    Boolean,
    Null,

    /// <summary>A date or time of TOML.</summary>
    DateTime,
}
