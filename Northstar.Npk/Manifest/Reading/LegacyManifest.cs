// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>Brings a manifest of 2020, known by its <c>resources</c>, into today's form before it is bound.</summary>
internal sealed class LegacyManifest
{
    private readonly MappingNode _root;
    private readonly DiagnosticList _found;
    private readonly List<KeyValuePair<ScalarNode, Node>> _entries = [];
    private readonly List<KeyValuePair<ScalarNode, Node>> _mounts = [];

    private LegacyManifest(MappingNode root, DiagnosticList found)
    {
        _root = root;
        _found = found;
    }

    /// <summary>Returns the converted manifest, or the same one if it is of today.</summary>
    internal static MappingNode Convert(MappingNode root, DiagnosticList found)
    {
        foreach ((ScalarNode key, Node value) in root.Entries)
        {
            if (key.Text == "resources" && value is SequenceNode)
            {
                found.Warn(
                    "L01", key.Place, "resources",
                    "a manifest of 2020: its resources are read as mounts of type resource; mounts that its runtime made by itself (/dev, /proc, /sys, /tmp, /data, /lib) must be listed in 'mounts'");
                return new LegacyManifest(root, found).Convert();
            }
        }

        return root;
    }

    private MappingNode Convert()
    {
        foreach ((ScalarNode key, Node value) in _root.Entries)
        {
            switch (key.Text)
            {
                case "resources" when value is SequenceNode list:
                    list.Items.ForEach(ConvertResource);
                    break;
                case "mounts" when value is MappingNode mounts:
                    _mounts.AddRange(mounts.Entries);
                    break;
                case "mounts" when value is ScalarNode { Text: "" }:
                    break;
                case "env" when value is SequenceNode env:
                    _entries.Add(new(key, ConvertEnv(env)));
                    break;
                case "autostart" when value is ScalarNode { Text: "true" or "false" } autostart:
                    if (autostart.Text == "true")
                    {
                        _entries.Add(new(key, Word(value, "relaxed")));
                    }

                    break;
                case "cgroups" when value is MappingNode cgroups:
                    _entries.Add(new(key, Renamed(cgroups, ("mem", "memory"), ("limit", "memory_hard_limit"))));
                    break;
                case "seccomp" when value is MappingNode seccomp && seccomp.Entries.TrueForAll(e => e.Key.Text is not ("profile" or "allow")):
                    _entries.Add(new(key, ConvertSeccomp(seccomp)));
                    break;
                case var field when Array.Exists(ManifestForm.Root.Fields, f => f.Name == field):
                    _entries.Add(new(key, value));
                    break;
                default:
                    _found.Warn("L01", key.Place, key.Text, $"'{key.Text}' of 2020 has no counterpart and is dropped");
                    break;
            }
        }

        _entries.Add(new(Word(_root, "mounts"), new MappingNode(_root.Place, _mounts)));
        return new MappingNode(_root.Place, _entries);
    }

    private void ConvertResource(Node node)
    {
        if (node is not MappingNode resource || Find(resource, "mountpoint") is not ScalarNode target)
        {
            _found.Error("L01", node.Place, "resources", "a resource has 'name', 'version', 'dir' and 'mountpoint'");
            return;
        }

        List<KeyValuePair<ScalarNode, Node>> mount = [new(Word(node, "type"), Word(node, "resource"))];
        foreach (string key in (ReadOnlySpan<string>)["name", "version", "dir"])
        {
            if (Find(resource, key) is ScalarNode value)
            {
                mount.Add(new(Word(value, key), Word(value, key == "version" ? $"={value.Text}" : value.Text)));
            }
        }

        _mounts.Add(new(Word(target, target.Text), new MappingNode(node.Place, mount)));
    }

    private MappingNode ConvertEnv(SequenceNode env)
    {
        List<KeyValuePair<ScalarNode, Node>> entries = [];
        foreach (Node item in env.Items)
        {
            if (item is SequenceNode { Items: [ScalarNode name, ScalarNode value] })
            {
                if (entries.RemoveAll(e => e.Key.Text == name.Text) > 0)
                {
                    _found.Warn("L01", name.Place, DiagnosticList.Member("env", name.Text, isData: true), $"'{name.Text}' is given twice; the last one holds");
                }

                entries.Add(new(name, value));
            }
            else
            {
                _found.Error("L01", item.Place, "env", "a variable of a manifest of 2020 is a list of name and value");
            }
        }

        return new MappingNode(env.Place, entries);
    }

    private MappingNode ConvertSeccomp(MappingNode seccomp)
    {
        List<KeyValuePair<ScalarNode, Node>> allow = [];
        foreach ((ScalarNode key, Node value) in seccomp.Entries)
        {
            if (value is not ScalarNode { Text: "1" })
            {
                _found.Error("L01", value.Place, "seccomp", $"the rule of 2020 for '{key.Text}' cannot be converted; write 'any' or '!args' below 'allow'");
            }

            allow.Add(new(key, Word(value, "any")));
        }

        return new MappingNode(seccomp.Place, [new(Word(seccomp, "allow"), new MappingNode(seccomp.Place, allow))]);
    }

    private static MappingNode Renamed(MappingNode mapping, params ReadOnlySpan<(string Old, string New)> names)
    {
        List<KeyValuePair<ScalarNode, Node>> entries = [];
        foreach ((ScalarNode key, Node value) in mapping.Entries)
        {
            string name = key.Text;
            foreach ((string old, string replacement) in names)
            {
                name = name == old ? replacement : name;
            }

            entries.Add(new(Word(key, name), value is MappingNode inner ? Renamed(inner, names) : value));
        }

        return new MappingNode(mapping.Place, entries);
    }

    private static Node? Find(MappingNode mapping, string key) => mapping.Entries.Find(e => e.Key.Text == key).Value;

    private static ScalarNode Word(Node at, string text) => new(at.Place, ScalarKind.String, text);
}
