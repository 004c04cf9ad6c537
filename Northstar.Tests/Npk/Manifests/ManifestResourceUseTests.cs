// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Npk;

namespace Northstar.Tests.Npk.Manifests;

/// <summary>Texts made to cost much cost little: they are refused before they are taken in.</summary>
[TestFixture]
public sealed class ManifestResourceUseTests
{
    private const long MostBytes = 8 << 20;

    private static string Repeat(string text, int count) => new StringBuilder().Insert(0, text, count).ToString();

    private static IEnumerable<TestCaseData> CostlyTexts()
    {
        TestCaseData Case(string name, string text) => new TestCaseData(text).SetArgDisplayNames(name);
        string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + string.Concat(
            Enumerable.Range(1, 9).Select(static i => $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 9))}]\n"));
        yield return Case("alias bomb", "custom:\n  " + bomb.Replace("\n", "\n  ", StringComparison.Ordinal));
        yield return Case("merge bomb", "custom:\n  a: &a {x: 1}\n  b: {<<: [" + Repeat("*a, ", 5000) + "*a]}\n");
        yield return Case("nested brackets, YAML", "custom: " + Repeat("[", 5000) + Repeat("]", 5000));
        yield return Case("nested brackets, JSON", "{\"custom\": " + Repeat("[", 5000) + Repeat("]", 5000) + "}");
        yield return Case("nested brackets, TOML", "custom = " + Repeat("[", 5000) + Repeat("]", 5000));
        yield return Case("nested maps, YAML", "custom: " + Repeat("{a: ", 5000) + Repeat("}", 5000));
        yield return Case("nested lists in blocks, YAML", "custom:\n" + Repeat("- ", 5000) + "a\n");
        yield return Case("nested tables, TOML", "[" + Repeat("a.", 5000) + "a]\n");
        yield return Case("open brackets alone", "custom: " + Repeat("[", 1_000_000));
        yield return Case("open braces alone", Repeat("{", 1_000_000));
        yield return Case("scalar of 2 MiB, YAML", "custom: " + Repeat("x", 2 << 20));
        yield return Case("scalar of 2 MiB, JSON", "{\"custom\": \"" + Repeat("x", 2 << 20) + "\"}");
        yield return Case("scalar of 2 MiB, TOML", "custom = \"" + Repeat("x", 2 << 20) + "\"");
        yield return Case("many values, YAML", "custom: [" + Repeat("1,", 500_000) + "1]");
        yield return Case("many values, JSON", "{\"custom\": [" + Repeat("1,", 500_000) + "1]}");
        yield return Case("many values, TOML", "custom = [" + Repeat("1,", 500_000) + "1]");
        yield return Case("many tables, TOML", Repeat("[[a]]\n", 150_000));
        yield return Case("many dotted keys, TOML", string.Concat(Enumerable.Range(0, 20_000).Select(static i => $"a.b{i}.c=1\n")));
        yield return Case("many unknown fields, YAML", string.Concat(Enumerable.Range(0, 20_000).Select(static i => $"k{i}: 1\n")));
    }

    [TestCaseSource(nameof(CostlyTexts))]
    public void H07_Read_CostlyText_IsRefusedWithLittleMemory(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        ManifestReader.Read("custom: {a: [b]}"u8);
        long before = GC.GetAllocatedBytesForCurrentThread();

        ManifestReadResult result = ManifestReader.Read(utf8);

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(MostBytes));
        Assert.That(result.Manifest, Is.Null);
        Assert.That(result.Diagnostics.Select(static d => d.Rule), Does.Contain("H07").Or.Contain("S01"));
    }

    /// <summary>What is valid and as large as it may be is read; only the number of values and their size limit it.</summary>
    [Test]
    public void H07_Read_LargestManifest_IsAccepted()
    {
        string values = string.Join(", ", Enumerable.Repeat("1", 9_993));

        Assert.That(ManifestText.Errors($"{ManifestText.Base}custom: [{values}]"), Is.Empty);
        Assert.That(ManifestText.Errors($"{ManifestText.Base}custom: [{values}, 1]"), Is.EqualTo(["H07"]));
    }
}
