// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.RegularExpressions;
using Northstar.Tests.Support;

namespace Northstar.Tests.Npk.Manifests.Schema;

/// <summary>The tables of fields in <c>docs/manifest.md</c>: those whose columns are field, form, default and what it is.</summary>
internal sealed partial class FieldDescriptions
{
    private readonly Dictionary<(string Section, string Field), string> _rows = [];
    private readonly HashSet<(string Section, string Field)> _used = [];

    internal FieldDescriptions()
    {
        string section = "";
        bool isTable = false;
        foreach (string line in File.ReadLines(Path.Combine(HostProbe.Repository, "docs/manifest.md")))
        {
            section = line.StartsWith("## ", StringComparison.Ordinal) ? line[3..] : section;
            isTable = line.StartsWith('|') && (isTable || line == "| field | form | default | is |");
            string[] cells = line.Split('|');
            if (isTable && Code().Match(cells[1]) is { Success: true } name)
            {
                _rows.Add((section, name.Groups[1].Value), Plain(cells[4].Trim()));
            }
        }
    }

    /// <summary>Gets the rows that no field asked for.</summary>
    internal IEnumerable<(string Section, string Field)> Unused => _rows.Keys.Except(_used);

    /// <summary>Returns the description of a field, which must be there.</summary>
    internal string Find(string section, string prefix, string name)
    {
        (string Section, string Field) key = _rows.ContainsKey((section, prefix + name)) ? (section, prefix + name) : (section, name);
        Assert.That(_rows, Does.ContainKey(key), $"docs/manifest.md has no row for {section}: {prefix}{name}");
        _used.Add(key);
        return _rows[key];
    }

    private static string Plain(string markdown)
    {
        string text = Link().Replace(markdown, "$1").Replace("`", "", StringComparison.Ordinal);
        return $"{char.ToUpperInvariant(text[0])}{text[1..]}.";
    }

    [GeneratedRegex("`(.+?)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"\[(.+?)\]\([^)]*\)")]
    private static partial Regex Link();
}
