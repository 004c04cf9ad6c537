// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Npk;

namespace Northstar.Tests.Npk.Manifests;

/// <summary>Limits on counts and lengths: the largest allowed value and one more.</summary>
[TestFixture]
public sealed class ManifestLimitTests
{
    private static string Many(int count, Func<int, string> item) => string.Join(", ", Enumerable.Range(0, count).Select(item));

    private static IEnumerable<TestCaseData> Limits()
    {
        TestCaseData Case(string name, Func<int, string> yaml, int most, string rule) => new TestCaseData(yaml, most, rule).SetArgDisplayNames(name);
        yield return Case("U042 env count", n => $"env: {{{Many(n, i => $"V{i}: x")}}}", 64, "V02");
        yield return Case("U042 env name", n => $"env: {{{new string('A', n)}: x}}", 64, "V03");
        yield return Case("U042 env value", n => $"env: {{A: {new string('ä', n / 2)}{new string('b', n % 2)}}}", 1024, "V04");
        yield return Case("U027 group name", n => $"suppl_groups: [{new string('g', n)}]", 64, "V21");
        yield return Case("U028 groups", n => $"suppl_groups: [{Many(n, i => $"g{i}")}]", 64, "V20");
        yield return Case("U046 network namespace", n => $"network: !namespace {new string('n', n)}", 256, "V15");
        yield return Case("U047 values", n => $"seccomp: {{allow: {{read: !args {{index: 5, values: [{Many(n, i => $"{i}")}]}}}}}}", 50, "V18");
        yield return Case("U065 context", n => $"selinux: {{exec: {new string('c', n)}}}", 65535, "V19");
        yield return Case("selinux mount context", n => $"selinux: {{mount_context: {new string('c', n)}}}", 65535, "V19");
    }

    [TestCaseSource(nameof(Limits))]
    public void Read_AtAndAboveTheLimit_IsAcceptedAndRefused(Func<int, string> yaml, int most, string rule)
    {
        Assert.That(ManifestText.Errors(ManifestText.Base + yaml(most)), Is.Empty);
        Assert.That(ManifestText.Errors(ManifestText.Base + yaml(most + 1)), Is.EqualTo([rule]));
    }

    [TestCase(0, "V01", TestName = "U021_{m}{a}")]
    [TestCase(1, null)]
    [TestCase(4096, null, TestName = "U022_{m}{a}")]
    [TestCase(4097, "V01", TestName = "U022_{m}{a}")]
    public void Read_Init_HasItsLength(int length, string? rule) =>
        Assert.That(
            ManifestText.Errors($"name: a\nversion: 0.0.0\nuid: 1\ngid: 1\ninit: '{new string('i', length)}'"), Is.EqualTo(rule is null ? [] : new[] { rule }));

    [TestCase("a: &x [1]\nb: *x", "H07")]
    [TestCase("custom: &a [1]", "H07")]
    [TestCase("--- {}\n---\n", "H07")]
    [TestCase("name: a\n---\n", "H07")]
    [TestCase("%YAML 1.3\n---\nname: a\n", "H07")]
    [TestCase("? [a]\n: b", "H07")]
    [TestCase("  name: a\n version: 1.0.0", "S01", TestName = "U035_{m}{a}")]
    [TestCase("", "S01")]
    [TestCase("# nothing\n", "S01")]
    [TestCase("just words", "P01")]
    [TestCase("- a\n- b", "P01")]
    [TestCase("name: a\0b", "P04")]
    [TestCase("name: a\u0007b", "S01")]
    [TestCase("name: \"\\ud800\"", "S01")]
    [TestCase("{\"name\": \"\\ud800\"}", "S01")]
    [TestCase("{\"name\": }", "S01")]
    [TestCase("{\"name\": \"a\"} x", "S01")]
    [TestCase("{name: a}", "S01")]
    [TestCase("name = \"a\"\nversion = 1.0.0", "S01")]
    public void Read_OutsideTheSubset_IsRefused(string text, string rule) => Assert.That(ManifestText.Errors(text), Does.Contain(rule));

    [Test]
    public void Read_AliasBomb_IsRefusedAtTheFirstAnchor()
    {
        var bomb = new StringBuilder("custom:\n  a0: &a0 [x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 9; i++)
        {
            bomb.Append($"  a{i}: &a{i} [{string.Join(',', Enumerable.Repeat($"*a{i - 1}", 8))}]\n");
        }

        ManifestReadResult result = ManifestText.Read(ManifestText.Base + bomb);

        Assert.That(result.Diagnostics.Select(d => (d.Rule, d.Line)), Is.EqualTo(new[] { ("H07", 7) }));
    }

    [TestCase(5000)]
    [TestCase(66)]
    public void Read_DeepBrackets_AreRefused(int depth)
    {
        string brackets = new string('[', depth) + new string(']', depth);

        Assert.That(ManifestText.Errors($"{ManifestText.Base}custom: {brackets}"), Is.EqualTo(["H07"]));
        Assert.That(ManifestText.Errors($$"""{"name": "a", "custom": {{brackets}}}"""), Is.Not.Empty);
        Assert.That(ManifestText.Errors($"name = \"a\"\ncustom = {brackets}"), Is.Not.Empty);
    }

    [Test]
    public void Read_NestingInCustomAndElsewhere_HasLimitsOfItsOwn()
    {
        string Brackets(int depth) => new string('[', depth) + new string(']', depth);

        Assert.That(ManifestText.Errors($"{ManifestText.Base}custom: {Brackets(64)}"), Is.Empty);
        Assert.That(ManifestText.Errors($"{ManifestText.Base}custom: {Brackets(65)}"), Is.EqualTo(["H07"]));
        Assert.That(ManifestText.Errors($"{ManifestText.Base}cgroups: {{x: {Brackets(14)}}}"), Is.Empty);
        Assert.That(ManifestText.Errors($"{ManifestText.Base}cgroups: {{x: {Brackets(15)}}}"), Is.EqualTo(["H07"]));
    }

    [Test]
    public void Read_TooMuch_IsRefused()
    {
        string values = string.Join(',', Enumerable.Repeat("1", 10_000));

        Assert.That(ManifestText.Errors($"{ManifestText.Base}custom: [{values}]"), Is.EqualTo(["H07"]));
        Assert.That(ManifestText.Errors($"{ManifestText.Base}custom: {new string('x', 64 * 1024)}"), Is.Empty);
        Assert.That(ManifestText.Errors($"{ManifestText.Base}custom: {new string('x', (64 * 1024) + 1)}"), Is.EqualTo(["H07"]));
        Assert.That(ManifestText.Errors($"{ManifestText.Base}custom: {new string('x', 2 << 20)}"), Is.EqualTo(["H07"]));
    }

    [Test]
    public void Read_NoUtf8_IsRefusedWithItsPlace()
    {
        ManifestReadResult result = ManifestReader.Read([.. "name: a\nv: "u8, 0xC3, 0x28]);

        Assert.That(result.Diagnostics.Select(d => (d.Rule, d.Line, d.Column)), Is.EqualTo(new[] { ("S01", 2, 4) }));
    }
}
