// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Configuration;

namespace Northstar.Host.Toml;

/// <summary>Adds TOML files to a configuration.</summary>
internal static class TomlConfigurationExtensions
{
    /// <summary>Adds a file, which must exist. It is read once.</summary>
    internal static IConfigurationBuilder AddTomlFile(this IConfigurationBuilder builder, string path) => builder.Add(new TomlSource(path));

    private sealed class TomlSource(string path) : IConfigurationSource
    {
        public IConfigurationProvider Build(IConfigurationBuilder builder) => new TomlConfigurationProvider(path);
    }
}
