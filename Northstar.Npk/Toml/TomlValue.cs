// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk.Toml;

/// <summary>A value of a TOML document with the place where it begins. A closed hierarchy.</summary>
/// <remarks>A table that a header opens begins at the header, one that a dotted key makes begins at that key.</remarks>
public abstract class TomlValue
{
    private protected TomlValue(TomlPosition position) => Position = position;

    /// <summary>Gets the place where the value begins.</summary>
    public TomlPosition Position { get; }

    /// <summary>Gets the word for this kind of value that messages use, such as <c>string</c>.</summary>
    public abstract string KindName { get; }
}

/// <summary>A place in a TOML document.</summary>
/// <param name="Line">The line; the first is 1.</param>
/// <param name="Column">The column in UTF-16 code units; the first is 1.</param>
public readonly record struct TomlPosition(int Line, int Column);
