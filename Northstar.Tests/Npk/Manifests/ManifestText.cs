// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Npk;

namespace Northstar.Tests.Npk.Manifests;

/// <summary>Short ways to read the manifests of these tests.</summary>
internal static class ManifestText
{
    internal const string Base = "name: test\nversion: 0.0.0\ninit: /binary\nuid: 1\ngid: 1\n";

    internal static ManifestReadResult Read(string text, bool forPacking = false) =>
        ManifestReader.Read(Encoding.UTF8.GetBytes(text), new ManifestReadOptions { ForPacking = forPacking });

    internal static Manifest Parse(string text) => ManifestReader.Parse(Encoding.UTF8.GetBytes(text));

    /// <summary>Parses the base manifest with further YAML.</summary>
    internal static Manifest With(string yaml) => Parse(Base + yaml);

    internal static string[] Errors(string text, bool forPacking = false) => Rules(text, ManifestSeverity.Error, forPacking);

    internal static string[] Warnings(string text, bool forPacking = false) => Rules(text, ManifestSeverity.Warning, forPacking);

    internal static string Yaml(Manifest manifest) => Encoding.UTF8.GetString(ManifestWriter.WriteYaml(manifest));

    private static string[] Rules(string text, ManifestSeverity severity, bool forPacking) =>
        [.. Read(text, forPacking).Diagnostics.Where(d => d.Severity == severity).Select(d => d.Rule)];
}
