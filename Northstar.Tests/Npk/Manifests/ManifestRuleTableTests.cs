// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.RegularExpressions;
using Northstar.Npk;
using Northstar.Tests.Support;

namespace Northstar.Tests.Npk.Manifests;

/// <summary>The codes of rules are the same in the code, in the table of rules and in the documentation.</summary>
[TestFixture]
public sealed partial class ManifestRuleTableTests
{
    [Test]
    public void Rules_OfTheCode_AreInTheTable()
    {
        string folder = Path.Combine(HostProbe.Repository, "Northstar.Npk/Manifest");
        IEnumerable<string> used = Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(static path => Path.GetFileName(path) != "ManifestRules.cs")
            .SelectMany(static path => Code().Matches(File.ReadAllText(path)).Select(static m => m.Groups[1].Value)).Distinct();

        Assert.That(used, Is.EquivalentTo(ManifestRules.All.Select(static r => r.Code)));
    }

    [Test]
    public void Rules_OfTheDocumentation_AreInTheTable()
    {
        string text = File.ReadAllText(Path.Combine(HostProbe.Repository, "docs/manifest.md"));

        Assert.That(
            Row().Matches(text).Select(static m => (m.Groups[1].Value, m.Groups[2].Value)), Is.EqualTo(ManifestRules.All.Select(static r => (r.Code, r.Meaning))));
    }

    [GeneratedRegex("\"([A-Z][0-9]{2})\"")]
    private static partial Regex Code();

    [GeneratedRegex("^\\| `([A-Z][0-9]{2})` \\| (.+) \\|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
