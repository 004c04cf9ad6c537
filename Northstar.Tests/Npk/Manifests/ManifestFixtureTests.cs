// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Tests.Support;

namespace Northstar.Tests.Npk.Manifests;

/// <summary>Manifests that break one rule each, and what is said about them: see <c>expectations.txt</c> beside them.</summary>
[TestFixture]
public sealed class ManifestFixtureTests
{
    internal static string Folder => Path.Combine(HostProbe.Repository, "Northstar.Tests/Fixtures/should-fail/manifests");

    /// <summary>One expected diagnostic: a file, how it is read, and what is found.</summary>
    private sealed record Expectation(string File, string Mode, string Severity, string Rule, string Place, string Field)
    {
        internal string Found => $"{Severity} {Rule} {Place} {Field}";
    }

    private static IEnumerable<Expectation> Expectations() =>
        from line in File.ReadLines(Path.Combine(Folder, "expectations.txt"))
        where line.Length > 0 && line[0] != '#'
        let words = line.Split(' ', 6)
        select new Expectation(words[0], words[1], words[2], words[3], words[4], words[5]);

    private static IEnumerable<TestCaseData> Readings() =>
        from file in Expectations().GroupBy(static e => e.File)
        from mode in (string[])["load", "pack"]
        let found = file.Where(e => e.Mode == "both" || e.Mode == mode).Select(static e => e.Found).ToArray()
        select new TestCaseData(file.Key, mode == "pack", found).SetArgDisplayNames(file.Key, mode);

    [TestCaseSource(nameof(Readings))]
    public void H09_Read_Fixture_IsReportedWithRulePlaceAndField(string file, bool forPacking, string[] expected)
    {
        ManifestReadResult result = ManifestReader.Read(File.ReadAllBytes(Path.Combine(Folder, file)), new ManifestReadOptions { ForPacking = forPacking });

        Assert.That(result.Diagnostics.Select(Describe), Is.EqualTo(expected));
        Assert.That(result.Manifest is null, Is.EqualTo(expected.Any(static e => e.StartsWith("error ", StringComparison.Ordinal))));
        Assert.That(result.Diagnostics.Select(static d => d.Message), Has.All.Length.GreaterThan(10));
    }

    [Test]
    public void Fixtures_AreAllExpectedAndThere() =>
        Assert.That(
            Directory.EnumerateFiles(Folder).Select(Path.GetFileName).Where(static f => f != "expectations.txt"),
            Is.EquivalentTo(Expectations().Select(static e => e.File).Distinct()));

    [Test]
    public void Rules_HaveAFixtureEach() =>
        Assert.That(Expectations().Select(static e => e.Rule).Distinct(), Is.EquivalentTo(ManifestRules.All.Select(static r => r.Code)));

    [Test]
    public void H09_Fixtures_RefuseSixtyManifestsByFieldPath() =>
        Assert.That(
            Expectations().Where(static e => e is { Severity: "error", Rule: "H08" or "H09" or "V11" or "V12" or "V14" or "V15" or "V19" or "V21" or "P05" or "P13" or "X02" or "X03", Field: not "-" })
                .Select(static e => e.File).Distinct().Count(),
            Is.GreaterThanOrEqualTo(60));

    private static string Describe(ManifestDiagnostic d) =>
        $"{d.Severity.ToString().ToLowerInvariant()} {d.Rule} {d.Line}:{d.Column} {(d.Field.Length == 0 ? "-" : d.Field)}";
}
