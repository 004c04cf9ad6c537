// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>Objects, maps and lists.</summary>
internal sealed partial class ManifestBinder
{
    /// <summary>The members of one object with fixed keys.</summary>
    private sealed class Fields(string path, Shape.Object form)
    {
        private readonly Dictionary<string, Node> _values = new(StringComparer.Ordinal);

        /// <summary>Gets the value of a field, or null when it is absent: not given, or blank or null where that means the same.</summary>
        internal Node? this[string key] =>
            _values.GetValueOrDefault(key) is { } node && !(Form(key).IsNullable && IsAbsent(node)) ? node : null;

        internal string Path(string key) => DiagnosticList.Member(path, key);

        internal Field Form(string key) => Array.Find(form.Fields, f => f.Name == key)!;

        internal bool IsGiven(string key) => _values.ContainsKey(key);

        internal bool TryAdd(string key, Node value) => _values.TryAdd(key, value);
    }

    /// <summary>
    /// Opens an object. An unknown key is an error where the format is strict, else a warning; a known key twice, and a required one that
    /// is missing, are errors.
    /// </summary>
    private Fields Open(Node node, string path, Shape.Object form)
    {
        var fields = new Fields(path, form);
        if (node is not MappingNode { Tag: null } mapping)
        {
            Mistyped(node, path, form.Rule, "an object", "");
            return fields;
        }

        foreach ((ScalarNode key, Node value) in mapping.Entries)
        {
            string field = fields.Path(key.Text);
            _found.Note(field, value.Place);
            if (!Array.Exists(form.Fields, f => f.Name == key.Text))
            {
                string message = $"'{key.Text}' is not known; known are {string.Join(", ", form.Fields.Select(static f => f.Name))}";
                if (form.IsStrict)
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

        foreach (Field required in form.Fields)
        {
            if (required.IsRequired && !fields.IsGiven(required.Name))
            {
                _found.Error(form.Rule, node.Place, fields.Path(required.Name), "it is required and missing");
            }
        }

        return fields;
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
                // Of a package that exists the last one holds, as in the reference.
                if (lastWins && !_options.ForPacking)
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

    private List<T> List<T>(Node? node, string path, Func<Node, string, T> bind, string rule = "P00")
    {
        List<T> list = [];
        if (IsBlank(node))
        {
            return list;
        }

        if (node is not SequenceNode { Tag: null } sequence)
        {
            Mistyped(node!, path, rule, "a list", "");
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
    private List<T> Set<T>(Node? node, string path, Func<Node, string, T> bind, string rule = "P00")
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
        }, rule);
    }

    /// <summary>Tells whether a list or map is absent or blank, which means empty; null does not.</summary>
    private static bool IsBlank(Node? node) => node is null or ScalarNode { Tag: null, Kind: ScalarKind.Plain, Text: "" };
}
