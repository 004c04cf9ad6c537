// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Northstar.Npk.Toml;

/// <summary>A table. Its entries keep their order and the case of their keys.</summary>
public sealed class TomlTable : TomlValue, IReadOnlyList<TomlEntry>
{
    private const int SmallCount = 8;

    private readonly List<TomlEntry> _entries = [];
    private Dictionary<string, TomlEntry>? _index;

    internal TomlTable(TomlPosition position, TomlTableOrigin origin)
        : base(position) => Origin = origin;

    /// <inheritdoc/>
    public int Count => _entries.Count;

    /// <inheritdoc/>
    public override string KindName => "table";

    /// <summary>Gets or sets what made the table, which decides what may still extend it.</summary>
    internal TomlTableOrigin Origin { get; set; }

    /// <inheritdoc/>
    public TomlEntry this[int index] => _entries[index];

    /// <summary>Finds the value of <paramref name="key"/>.</summary>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out TomlValue value)
    {
        value = Find(key)?.Value;
        return value is not null;
    }

    /// <inheritdoc/>
    public IEnumerator<TomlEntry> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal bool TryAdd(TomlEntry entry)
    {
        if (Find(entry.Key) is not null)
        {
            return false;
        }

        _entries.Add(entry);
        _index?.Add(entry.Key, entry);
        return true;
    }

    /// <summary>Finds an entry. Small tables, of which a text may have many, do without an index.</summary>
    internal TomlEntry? Find(string key)
    {
        if (_entries.Count <= SmallCount)
        {
            return _entries.Find(e => e.Key == key);
        }

        _index ??= _entries.ToDictionary(static e => e.Key, StringComparer.Ordinal);
        return _index.GetValueOrDefault(key);
    }
}

/// <summary>A key of a table with its value.</summary>
/// <param name="Key">The key, quotes and escapes resolved.</param>
/// <param name="Value">The value.</param>
/// <param name="Position">The place where the key begins: of a dotted key, the part that is <paramref name="Key"/>.</param>
public sealed record TomlEntry(string Key, TomlValue Value, TomlPosition Position);

internal enum TomlTableOrigin
{
    /// <summary>Named in front of the last part of a header; a header of its own may still follow.</summary>
    Implied,

    /// <summary>The document itself, or made by a header.</summary>
    Header,

    /// <summary>Made by a dotted key; further dotted keys and headers below it may extend it.</summary>
    DottedKey,

    /// <summary>Written inline; nothing extends it.</summary>
    Inline,
}
