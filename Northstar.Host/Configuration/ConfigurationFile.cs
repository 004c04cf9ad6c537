// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Options;
using Northstar.Npk.Toml;
using Northstar.Runtime;

namespace Northstar.Host.Configuration;

/// <summary>A configuration file, read strictly: an unknown key is an error, and all errors of a file are reported together.</summary>
internal sealed class ConfigurationFile
{
    private ConfigurationFile(RuntimeOptions options, IReadOnlyList<ConfigurationProblem> warnings)
    {
        Options = options;
        Warnings = warnings;
    }

    /// <summary>Gets the options, validated.</summary>
    internal RuntimeOptions Options { get; }

    /// <summary>Gets what is outdated: one entry for each key that moved.</summary>
    internal IReadOnlyList<ConfigurationProblem> Warnings { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="ConfigurationException">The file is no TOML, or has unknown keys or invalid values.</exception>
    internal static ConfigurationFile Load(string path) => Parse(File.ReadAllBytes(path), path);

    /// <summary>Reads the text of a file.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="path">What errors call the file.</param>
    /// <exception cref="ConfigurationException">The text is no TOML, or has unknown keys or invalid values.</exception>
    internal static ConfigurationFile Parse(ReadOnlySpan<byte> utf8, string path)
    {
        TomlTable document;
        try
        {
            document = TomlReader.Read(utf8);
        }
        catch (TomlException e)
        {
            throw new ConfigurationException(path, [new ConfigurationProblem(e.Position, e.Hint is null ? e.Problem : $"{e.Problem}; {e.Hint}")]);
        }

        var findings = new Findings();
        if (LegacyConfiguration.Is2020(document))
        {
            LegacyConfiguration.Explain(document, findings);
            throw new ConfigurationException(path, findings.Errors);
        }

        var options = new RuntimeOptions();
        new ConfigurationMapper(options, findings).Map(document);
        if (findings.Errors.Count == 0)
        {
            ValidateOptionsResult valid = new RuntimeOptionsValidator().Validate(null, options);
            foreach (string failure in valid.Failures ?? [])
            {
                findings.ErrorOfKey(failure);
            }
        }

        return findings.Errors.Count == 0
            ? new ConfigurationFile(options, findings.Warnings)
            : throw new ConfigurationException(path, findings.Errors);
    }
}
