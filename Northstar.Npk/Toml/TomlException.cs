// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk.Toml;

/// <summary>Thrown when a text is no TOML 1.0.0. The message begins with line and column and ends with the hint, if there is one.</summary>
public sealed class TomlException : FormatException
{
    internal TomlException(TomlPosition position, string problem, string? hint = null)
        : base($"line {position.Line}, column {position.Column}: {problem}{(hint is null ? "" : $"; {hint}")}")
    {
        Position = position;
        Problem = problem;
        Hint = hint;
    }

    /// <summary>Gets the place of the error.</summary>
    public TomlPosition Position { get; }

    /// <summary>Gets what is wrong, without the place.</summary>
    public string Problem { get; }

    /// <summary>Gets what would be right, or null.</summary>
    public string? Hint { get; }
}
