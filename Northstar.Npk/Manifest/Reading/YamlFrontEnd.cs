// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Northstar.Npk;

/// <summary>Reads the subset of YAML that manifests are written in: one document without anchors, aliases, merge keys and foreign tags.</summary>
internal sealed class YamlFrontEnd
{
    private readonly Parser _parser;
    private readonly NodeBudget _budget;

    private YamlFrontEnd(string text, NodeLimits limits)
    {
        _parser = new Parser(new StringReader(text));
        _budget = new NodeBudget(limits);
    }

    internal static Node Read(string text, NodeLimits limits)
    {
        RefuseUnprintable(text);
        try
        {
            return new YamlFrontEnd(text, limits).ReadStream();
        }
        catch (YamlException e)
        {
            throw new ManifestSyntaxException("S01", At(e.Start), $"malformed YAML: {e.Message}");
        }
    }

    private Node ReadStream()
    {
        MoveNext();
        MoveNext();
        if (_parser.Current is not DocumentStart start)
        {
            throw new ManifestSyntaxException("S01", new Place(1, 1), "the manifest is empty");
        }

        if (start.Version is { Version: not { Major: 1, Minor: 1 or 2 } })
        {
            throw Refused(start, "the %YAML directive must say 1.1 or 1.2");
        }

        if (start.Tags is { Count: > 0 } tags && tags.FirstOrDefault(static t => t.Handle is not ("!" or "!!") || t.Prefix is not ("!" or "tag:yaml.org,2002:")) is { } tag)
        {
            throw new ManifestSyntaxException("H07", At(tag.Start), "%TAG directives are not allowed");
        }

        MoveNext();
        Node root = ReadNode();
        MoveNext();
        MoveNext();
        return _parser.Current is StreamEnd ? root : throw Refused(_parser.Current!, "a manifest is one document, a second one begins here");
    }

    /// <summary>Reads the node that the current event begins and stays on its last event.</summary>
    private Node ReadNode()
    {
        ParsingEvent? current = _parser.Current;
        if (current is AnchorAlias)
        {
            throw Refused(current, "aliases are not allowed");
        }

        // Of some malformed texts the parser makes events that do not pair.
        if (current is not NodeEvent node || current is not (Scalar or SequenceStart or MappingStart))
        {
            throw new ManifestSyntaxException("S01", At(current?.Start ?? Mark.Empty), "malformed YAML: a value is missing");
        }

        Place place = At(current.Start);
        if (!node.Anchor.IsEmpty)
        {
            throw Refused(current, "anchors are not allowed");
        }

        string? tag = ReadTag(node);
        if (current is Scalar scalar)
        {
            return _budget.Scalar(place, Kind(scalar), scalar.Value, tag);
        }

        _budget.Enter(place);
        Node result = current is SequenceStart ? ReadSequence(place, tag) : ReadMapping(place, tag);
        _budget.Leave();
        return result;
    }

    private SequenceNode ReadSequence(Place place, string? tag)
    {
        List<Node> items = [];
        while (MoveNext() && _parser.Current is not SequenceEnd)
        {
            items.Add(ReadNode());
        }

        return new SequenceNode(place, items, tag);
    }

    private MappingNode ReadMapping(Place place, string? tag)
    {
        List<KeyValuePair<ScalarNode, Node>> entries = [];
        while (MoveNext() && _parser.Current is not MappingEnd)
        {
            if (_parser.Current is not Scalar { Anchor.IsEmpty: true, Tag.IsEmpty: true } key)
            {
                throw Refused(_parser.Current!, "a key must be plain or quoted text without anchor, alias or tag");
            }

            if (key is { Value: "<<", Style: ScalarStyle.Plain })
            {
                throw Refused(key, "merge keys are not allowed");
            }

            ScalarNode name = _budget.Key(At(key.Start), ScalarKind.String, key.Value);
            MoveNext();
            entries.Add(KeyValuePair.Create(name, ReadNode()));
        }

        return new MappingNode(place, entries, tag);
    }

    /// <summary>Moves to the next event. The scanner meets some malformed texts with exceptions that are not its own.</summary>
    private bool MoveNext()
    {
        Mark last = _parser.Current?.End ?? Mark.Empty;
        try
        {
            return _parser.MoveNext();
        }
        catch (Exception e) when (e is not (YamlException or OutOfMemoryException))
        {
            throw new ManifestSyntaxException("S01", At(last), "malformed YAML: the text behind this place cannot be read");
        }
    }

    private static string? ReadTag(NodeEvent node)
    {
        if (node.Tag.IsEmpty)
        {
            return null;
        }

        string tag = node.Tag.IsNonSpecific ? "!" : node.Tag.Value;
        return tag.Length > 1 && tag[0] == '!' ? tag[1..]
            : throw Refused(node, $"the tag '{tag}' is not allowed; tags name variants, such as !args or !namespace");
    }

    private static ScalarKind Kind(Scalar scalar) => scalar.Style == ScalarStyle.Plain ? ScalarKind.Plain : ScalarKind.String;

    private static ManifestSyntaxException Refused(ParsingEvent at, string message) => new("H07", At(at.Start), message);

    private static Place At(Mark mark) => new((int)Math.Min(mark.Line, int.MaxValue), (int)Math.Min(mark.Column, int.MaxValue));

    // YAML 1.2, 5.1. The scanner takes a NUL for the end of the text, which would hide what follows it.
    private static void RefuseUnprintable(string text)
    {
        int line = 1;
        int lineStart = 0;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\n')
            {
                line++;
                lineStart = i + 1;
            }
            else if (c is (< ' ' and not ('\t' or '\r')) or (>= '\x7f' and < '\xa0' and not '\x85') or '\ufeff' or '\ufffe' or '\uffff')
            {
                throw new ManifestSyntaxException(
                    c == '\0' ? "P04" : "S01", new Place(line, i - lineStart + 1), $"the character U+{(int)c:X4} is not allowed in YAML");
            }
        }
    }
}
