// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk.Toml;

namespace Northstar.Host.Configuration;

/// <summary>What is found while a file is read: errors, warnings, and where each key stands.</summary>
internal sealed class Findings
{
    private readonly Dictionary<string, TomlPosition> _places = new(StringComparer.Ordinal);
    private readonly List<ConfigurationProblem> _errors = [];
    private readonly List<ConfigurationProblem> _warnings = [];

    internal IReadOnlyList<ConfigurationProblem> Errors => Ordered(_errors);

    internal IReadOnlyList<ConfigurationProblem> Warnings => Ordered(_warnings);

    internal void Error(TomlPosition position, string message) => _errors.Add(new ConfigurationProblem(position, message));

    internal void Warning(TomlPosition position, string message) => _warnings.Add(new ConfigurationProblem(position, message));

    /// <summary>Remembers where a key stands, for errors that are found later.</summary>
    internal void Place(string key, TomlPosition position) => _places[key] = position;

    /// <summary>Adds an error that begins with its key, at the place of that key or of the table that it would belong to.</summary>
    internal void ErrorOfKey(string error)
    {
        TomlPosition position = new(1, 1);
        int longest = -1;
        foreach ((string key, TomlPosition place) in _places)
        {
            bool applies = key.Length > longest && error.StartsWith(key, StringComparison.Ordinal) && error[key.Length..] is [':' or '.', ..];
            (position, longest) = applies ? (place, key.Length) : (position, longest);
        }

        Error(position, error);
    }

    private static ConfigurationProblem[] Ordered(List<ConfigurationProblem> problems) =>
        [.. problems.OrderBy(p => p.Position.Line).ThenBy(p => p.Position.Column)];
}
