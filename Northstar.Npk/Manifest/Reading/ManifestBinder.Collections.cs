// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>Objects, maps and lists.</summary>
internal sealed partial class ManifestBinder
{
    /// <summary>The members of one object with fixed keys.</summary>
    private sealed class Fields(Place place, string path)
    {
        private readonly Dictionary<string, Node> _values = new(StringComparer.Ordinal);

        internal Place Place { get; } = place;

        /// <summary>Gets or sets a value indicating whether the node is an object at all.</summary>
        internal bool IsObject { get; set; }

        internal Node? this[string key] => _values.GetValueOrDefault(key);

        internal string Path(string key) => DiagnosticList.Member(path, key);

        internal bool TryAdd(string key, Node value) => _values.TryAdd(key, value);
    }

    /// <summary>Opens an object. An unknown key is an error where the format is strict, else a warning; a known key twice is an error.</summary>
    private Fields Open(Node node, string path, string rule, bool strict, params ReadOnlySpan<string> known)
    {
        var fields = new Fields(node.Place, path);
        if (node is not MappingNode { Tag: null } mapping)
        {
            Mistyped(node, path, rule, "an object", "");
            return fields;
        }

        fields.IsObject = true;
        foreach ((ScalarNode key, Node value) in mapping.Entries)
        {
            string field = fields.Path(key.Text);
            _found.Note(field, value.Place);
            if (!known.Contains(key.Text))
            {
                string message = $"'{key.Text}' is not known; known are {string.Join(", ", known!)}";
                if (strict)
                {
                    _found.Error("P02", key.Place, field, message);
                }
                else
                {
                    _found.Warn("P02", key.Place, field, message + "; it is ignored");
                }
            }
            else if (!fields.TryAdd(key.Text, value))
            {
                _found.Error("P03", key.Place, field, $"'{key.Text}' is given twice");
            }
        }

        return fields;
    }

    private Node? Required(Fields fields, string key, string rule)
    {
        Node? node = fields[key];
        if (node is null && fields.IsObject)
        {
            _found.Error(rule, fields.Place, fields.Path(key), "it is required and missing");
        }

        return node;
    }

    /// <summary>Reads a map whose keys are data. A key twice is an error, or the last one wins.</summary>
    private SortedDictionary<string, T> Map<T>(Node? node, string path, bool lastWins, Func<Node, string, T> bind)
    {
        var map = new SortedDictionary<string, T>(Utf8Order.Instance);
        if (IsBlank(node))
        {
            return map;
        }

        if (node is not MappingNode { Tag: null } mapping)
        {
            Mistyped(node!, path, "P00", "a map", "");
            return map;
        }

        foreach ((ScalarNode key, Node value) in mapping.Entries)
        {
            string field = DiagnosticList.Member(path, key.Text, isData: true);
            _found.Note(field, key.Place);
            RefuseNul(key, field);
            if (map.ContainsKey(key.Text))
            {
                if (lastWins)
                {
                    _found.Warn("P03", key.Place, field, $"'{key.Text}' is given twice; the last one holds");
                }
                else
                {
                    _found.Error("P03", key.Place, field, $"'{key.Text}' is given twice");
                }
            }

            map[key.Text] = bind(value, field);
        }

        return map;
    }

    private SortedDictionary<string, string> TextMap(Node? node, string path) =>
        Map(node, path, lastWins: true, (value, field) => Text(value, field));

    private List<T> List<T>(Node? node, string path, Func<Node, string, T> bind)
    {
        List<T> list = [];
        if (IsBlank(node))
        {
            return list;
        }

        if (node is not SequenceNode { Tag: null } sequence)
        {
            Mistyped(node!, path, "P00", "a list", "");
            return list;
        }

        foreach (Node item in sequence.Items)
        {
            string field = DiagnosticList.Item(path, list.Count);
            _found.Note(field, item.Place);
            list.Add(bind(item, field));
        }

        return list;
    }

    /// <summary>Reads a list whose elements must differ.</summary>
    private List<T> Set<T>(Node? node, string path, Func<Node, string, T> bind)
    {
        HashSet<T> seen = [];
        return List(node, path, (item, field) =>
        {
            T value = bind(item, field);
            if (!seen.Add(value) && item is ScalarNode { Text: var text })
            {
                _found.Error("P03", item.Place, field, $"'{text}' is given twice");
            }

            return value;
        });
    }

    /// <summary>Tells whether a list or map is absent or blank, which means empty; null does not.</summary>
    private static bool IsBlank(Node? node) => node is null or ScalarNode { Tag: null, Kind: ScalarKind.Plain, Text: "" };
}
