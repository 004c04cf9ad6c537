// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Collections;

namespace Northstar.Npk.Toml;

/// <summary>An array, or the tables that <c>[[name]]</c> headers made.</summary>
public sealed class TomlArray : TomlValue, IReadOnlyList<TomlValue>
{
    private readonly List<TomlValue> _items = [];

    internal TomlArray(TomlPosition position, bool ofTables)
        : base(position) => OfTables = ofTables;

    /// <inheritdoc/>
    public int Count => _items.Count;

    /// <inheritdoc/>
    public override string KindName => "array";

    /// <summary>Gets a value indicating whether <c>[[name]]</c> headers made it, and may extend it.</summary>
    internal bool OfTables { get; }

    /// <inheritdoc/>
    public TomlValue this[int index] => _items[index];

    /// <inheritdoc/>
    public IEnumerator<TomlValue> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal void Add(TomlValue value) => _items.Add(value);
}
