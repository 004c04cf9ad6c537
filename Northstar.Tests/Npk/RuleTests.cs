// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Tests.Npk.Archive;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk;

/// <summary>The registry of rules: complete, without doubles, and each rule of a parser is broken by something.</summary>
[TestFixture]
internal sealed class RuleTests
{
    private const string ParserFamilies = "FZEMGAIBK";

    [Test]
    public void Rules_Registry_HasUniqueCodesInOrder()
    {
        string[] ids = [.. NpkRules.All.Select(static rule => rule.Id)];
        Assert.Multiple(() =>
        {
            Assert.That(ids, Is.Unique);
            Assert.That(ids, Has.All.Matches("^[A-Z][0-9]{2}$"));
            Assert.That(NpkRules.All.Select(static rule => rule.Meaning), Is.Unique);
            Assert.That(ids.Select(static id => id[0]).Intersect(ManifestRules.All.Select(static rule => rule.Code[0])), Is.Empty);
            Assert.That(Enum.GetValues<NpkErrorCode>().Except(NpkRules.All.Select(static rule => rule.Code)), Is.Empty);
            foreach (IGrouping<char, string> family in ids.GroupBy(static id => id[0]))
            {
                Assert.That(family, Is.EqualTo(Enumerable.Range(1, family.Count()).Select(number => $"{family.Key}{number:00}")));
            }
        });
    }

    [Test]
    public void Rules_Fields_AreAllInTheRegistry() => Assert.That(
        typeof(NpkRules).GetFields(System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)
            .Select(static field => field.GetValue(null)).OfType<NpkRule>(),
        Is.EqualTo(NpkRules.All));

    [Test]
    public void Rules_OfTheParsers_AreAllBrokenBySomething() => Assert.That(
        NpkRules.All.Where(static rule => ParserFamilies.Contains(rule.Id[0], StringComparison.Ordinal))
            .Except(HostileArchives.All.Select(static c => c.Rule)).Except(Refusals.All.Select(static c => c.Rule)),
        Is.Empty);

    [TestCaseSource(nameof(Refused))]
    public void Use_WhatBreaksARule_IsRefusedByIt(Action<TestFolder> act, NpkRule rule)
    {
        using TestFolder folder = new();
        NpkException refused = Assert.Throws<NpkException>(() => act(folder))!;
        Assert.That((refused.Rule, refused.Code), Is.EqualTo((rule.Id, rule.Code)), refused.Message);
    }

    [Test]
    public void Open_InvalidManifest_GivesRuleLineAndColumnOfItsFirstError()
    {
        byte[] manifest = "name: demo\nversion: 1.2.3\nuid: 1000\ngid: x\nzzz: 1\n"u8.ToArray();
        byte[] archive = new RawZip().Add("manifest.yaml", manifest).AddImage(TestPackage.Image(1)).ToArray();
        NpkException refused = Assert.Throws<NpkException>(() => TestPackage.Open(archive))!;
        ManifestException inner = (ManifestException)refused.InnerException!;
        ManifestDiagnostic first = inner.Diagnostics.First(static diagnostic => diagnostic.Severity == ManifestSeverity.Error);
        Assert.Multiple(() =>
        {
            Assert.That((refused.Code, refused.Entry), Is.EqualTo((NpkErrorCode.Manifest, "manifest.yaml")));
            Assert.That((refused.Rule, refused.Line, refused.Column), Is.EqualTo((first.Rule, (int?)first.Line, (int?)first.Column)));
            Assert.That((inner.Rule, inner.Line, inner.Column), Is.EqualTo((refused.Rule, refused.Line, refused.Column)));
            Assert.That(refused.Message, Does.Contain("test.npk: manifest.yaml: ").And.Contain($"line {first.Line}, column {first.Column}"));
            Assert.That(first.Line, Is.AnyOf(4, 5));
        });
    }

    private static IEnumerable<TestCaseData> Refused() =>
        Refusals.All.Select(static c => new TestCaseData(c.Act, c.Rule).SetArgDisplayNames(c.Name));
}
