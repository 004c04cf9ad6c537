// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Tests.Npk.Identity;

[TestFixture]
public sealed class VersionTests
{
    [Test]
    public void U013_Compare_OrdersByNumber()
    {
        string[] ascending = ["1.0.0", "1.1.0", "1.1.1", "1.1.10", "2.0.0", "3.0.0", "18446744073709551615.0.0"];

        Assert.That(ascending.Reverse().Select(PackageVersion.Parse).Order().Select(v => v.ToString()), Is.EqualTo(ascending));
    }

    [TestCase("1.2.3-rc.1+5")]
    [TestCase("1.2.3+001")]
    [TestCase("1.2.3--.-")]
    public void Parse_PreReleaseAndBuild_AreDropped(string text) => Assert.That(PackageVersion.Parse(text).ToString(), Is.EqualTo("1.2.3"));

    [TestCase("1")]
    [TestCase("1.0")]
    [TestCase("v1.0.0")]
    [TestCase("1.0.0.0")]
    [TestCase("01.0.0")]
    [TestCase("1.0.0-")]
    [TestCase("1.0.0-a..b")]
    [TestCase("1.0.0-01")]
    [TestCase("1.0.0+")]
    [TestCase("1.0.0-ä")]
    [TestCase(" 1.0.0")]
    [TestCase("1.0.18446744073709551616")]
    public void Parse_Malformed_Throws(string text) => Assert.Throws<FormatException>(() => PackageVersion.Parse(text));

    /// <summary>The table of forms: requirement, normal form, versions that match, versions that do not.</summary>
    [TestCase("=1.2.3", "=1.2.3", "1.2.3", "1.2.4 1.2.2 2.2.3")]
    [TestCase("=1.2", "=1.2", "1.2.0 1.2.9", "1.3.0 1.1.9")]
    [TestCase("=1", "=1", "1.0.0 1.9.9", "0.9.9 2.0.0")]
    [TestCase(">1.2.3", ">1.2.3", "1.2.4 1.3.0 2.0.0", "1.2.3 1.2.2")]
    [TestCase(">1.2", ">1.2", "1.3.0 2.0.0", "1.2.0 1.2.9 1.1.9")]
    [TestCase(">1", ">1", "2.0.0", "1.0.0 1.9.9 0.9.9")]
    [TestCase(">=1.2.3", ">=1.2.3", "1.2.3 1.2.4 2.0.0", "1.2.2")]
    [TestCase(">=1.2", ">=1.2", "1.2.0 9.0.0", "1.1.9")]
    [TestCase(">= 1", ">=1", "1.0.0", "0.9.9")]
    [TestCase("<1.2.3", "<1.2.3", "1.2.2 0.0.0", "1.2.3 1.2.4")]
    [TestCase("<1.2", "<1.2", "1.1.9", "1.2.0")]
    [TestCase("<1", "<1", "0.9.9", "1.0.0")]
    [TestCase("<=1.2.3", "<=1.2.3", "1.2.3 1.2.2", "1.2.4")]
    [TestCase("<=1.2", "<=1.2", "1.2.0 1.2.9 1.1.0", "1.3.0")]
    [TestCase("<=1", "<=1", "1.9.9 0.0.1", "2.0.0")]
    [TestCase("~1.2.3", "~1.2.3", "1.2.3 1.2.9", "1.2.2 1.3.0 2.2.3")]
    [TestCase("~1.2", "~1.2", "1.2.0 1.2.9", "1.3.0 1.1.9")]
    [TestCase("~1", "~1", "1.0.0 1.9.0", "2.0.0 0.9.0")]
    [TestCase("^1.2.3", "^1.2.3", "1.2.3 1.9.0", "1.2.2 2.0.0 0.2.3")]
    [TestCase("^0.2.3", "^0.2.3", "0.2.3 0.2.9", "0.2.2 0.3.0 1.2.3")]
    [TestCase("^0.0.3", "^0.0.3", "0.0.3", "0.0.2 0.0.4 0.1.3 1.0.3")]
    [TestCase("^1.2", "^1.2", "1.2.0 1.9.9", "1.1.9 2.0.0")]
    [TestCase("^0.2", "^0.2", "0.2.0 0.2.9", "0.1.9 0.3.0 1.2.0")]
    [TestCase("^0.0", "^0.0", "0.0.0 0.0.9", "0.1.0 1.0.0")]
    [TestCase("^1", "^1", "1.0.0 1.9.9", "0.9.9 2.0.0")]
    [TestCase("^0", "^0", "0.0.0 0.9.9", "1.0.0")]
    [TestCase("1.2", "^1.2", "1.2.0 1.9.9", "2.0.0")]
    [TestCase("1.2.*", "1.2.*", "1.2.0 1.2.9", "1.3.0")]
    [TestCase("1.*", "1.*", "1.0.0 1.9.9", "2.0.0")]
    [TestCase("1.*.*", "1.*", "1.0.0 1.9.9", "2.0.0")]
    [TestCase("1.x", "1.*", "1.0.0", "2.0.0")]
    [TestCase("1.2.X", "1.2.*", "1.2.0", "1.3.0")]
    [TestCase("*", "*", "0.0.0 9.9.9", "")]
    [TestCase("x", "*", "0.0.0", "")]
    [TestCase(">1.*", ">1", "2.0.0", "1.5.0")]
    [TestCase(">=1.2.*", ">=1.2", "1.2.0", "1.1.9")]
    [TestCase(">= 1.0 ,<2", ">=1.0, <2", "1.0.0 1.9.9", "0.9.9 2.0.0")]
    [TestCase("  1.0.0  ", "^1.0.0", "1.0.0", "2.0.0")]
    [TestCase("=1.2.3+build.5", "=1.2.3", "1.2.3", "1.2.4")]
    [TestCase("=1.2.3-a", "=1.2.3-a", "", "1.2.3 1.2.4")]
    [TestCase(">1.2.3-a", ">1.2.3-a", "1.2.3 1.2.4", "1.2.2")]
    [TestCase(">=1.2.3-a", ">=1.2.3-a", "1.2.3", "1.2.2")]
    [TestCase("~1.2.3-a", "~1.2.3-a", "1.2.3 1.2.4", "1.2.2 1.3.0")]
    [TestCase("^1.2.3-a", "^1.2.3-a", "1.2.3 1.9.0", "1.2.2 2.0.0")]
    [TestCase("<1.2.3-a", "<1.2.3-a", "1.2.2", "1.2.3")]
    [TestCase("<=1.2.3-a", "<=1.2.3-a", "1.2.2", "1.2.3")]
    [TestCase("=18446744073709551615", "=18446744073709551615", "18446744073709551615.0.0", "1.0.0")]
    public void Requirement_Form_MatchesItsRange(string text, string normal, string matching, string failing)
    {
        VersionRequirement requirement = VersionRequirement.Parse(text);

        Assert.That(requirement.ToString(), Is.EqualTo(normal));
        Assert.That(VersionRequirement.Parse(normal), Is.EqualTo(requirement));
        Assert.That(Versions(matching), Is.All.Matches<PackageVersion>(requirement.Matches));
        Assert.That(Versions(failing), Is.All.Not.Matches<PackageVersion>(requirement.Matches));
    }

    [TestCase("")]
    [TestCase(" ")]
    [TestCase("1.*.3")]
    [TestCase("*.1")]
    [TestCase("*.*")]
    [TestCase(">*")]
    [TestCase("*, 1")]
    [TestCase("1 2")]
    [TestCase(">=1 <2")]
    [TestCase("1,")]
    [TestCase(",1")]
    [TestCase("==1")]
    [TestCase("!=1")]
    [TestCase("~>1")]
    [TestCase("1.2-a")]
    [TestCase("1-a")]
    [TestCase("01")]
    [TestCase("1.")]
    [TestCase("1.2.3.4")]
    [TestCase("1 .2")]
    [TestCase("\t1")]
    [TestCase("18446744073709551616")]
    public void Requirement_Malformed_Throws(string text) => Assert.Throws<FormatException>(() => VersionRequirement.Parse(text));

    [Test]
    public void Requirement_Comparators_AreLimited()
    {
        string Many(int count) => string.Join(',', Enumerable.Repeat(">=1", count));

        Assert.That(VersionRequirement.TryParse(Many(32), out _));
        Assert.That(VersionRequirement.TryParse(Many(33), out _), Is.False);
    }

    private static IEnumerable<PackageVersion> Versions(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(PackageVersion.Parse);
}
