// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk.Toml;

namespace Northstar.Host.Configuration;

/// <summary>Thrown when a configuration file is refused. The message has a line <c>file:line:column: problem</c> for each problem.</summary>
internal sealed class ConfigurationException : FormatException
{
    internal ConfigurationException(string path, IReadOnlyList<ConfigurationProblem> problems)
        : base(Describe(path, problems)) => Problems = problems;

    /// <summary>Gets everything that is wrong, in the order of the file.</summary>
    internal IReadOnlyList<ConfigurationProblem> Problems { get; }

    private static string Describe(string path, IReadOnlyList<ConfigurationProblem> problems)
    {
        string count = problems.Count == 1 ? "an error" : $"{problems.Count} errors";
        return $"the configuration {path} has {count}\n" + string.Join('\n', problems.Select(p => p.ToString(path)));
    }
}

/// <summary>Something wrong or outdated in a configuration file.</summary>
/// <param name="Position">Where.</param>
/// <param name="Message">What, and what to write instead.</param>
internal sealed record ConfigurationProblem(TomlPosition Position, string Message)
{
    /// <summary>Returns the problem as compilers write theirs.</summary>
    internal string ToString(string path) => $"{path}:{Position.Line}:{Position.Column}: {Message}";
}
