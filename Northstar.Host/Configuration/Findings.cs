// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk.Toml;

namespace Northstar.Host.Configuration;

/// <summary>What is found while a file is read: errors, warnings, and where each key stands.</summary>
internal sealed class Findings
{
    /// <summary>The most errors of a file: nobody mends more at once, and a file of any length may be all errors.</summary>
    internal const int MaxErrors = 100;

    private readonly Dictionary<string, TomlPosition> _places = new(StringComparer.Ordinal);
    private readonly List<ConfigurationProblem> _errors = [];
    private readonly List<ConfigurationProblem> _warnings = [];

    internal IReadOnlyList<ConfigurationProblem> Errors => Ordered(_errors);

    internal IReadOnlyList<ConfigurationProblem> Warnings => Ordered(_warnings);

    /// <summary>Gets a value indicating whether further errors are dropped.</summary>
    internal bool IsFull => _errors.Count == MaxErrors;

    internal void Error(TomlPosition position, string message)
    {
        if (!IsFull)
        {
            _errors.Add(new ConfigurationProblem(position, _errors.Count < MaxErrors - 1 ? message : "further errors are not shown; mend these first"));
        }
    }

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
