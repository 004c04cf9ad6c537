// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Npk;
using Northstar.Tests.Support;

namespace Northstar.Tests.Structure;

/// <summary>The examples of docs/manifest.md are right, and there is one for everything. Kernel/ManifestExampleTests runs them.</summary>
internal sealed class ManifestExampleTests
{
    private static IReadOnlyList<ManifestExample> Examples => ManifestExample.All;

    [TestCaseSource(nameof(Examples))]
    public void Example_OfTheDocument_CanBePacked(ManifestExample example)
    {
        ManifestReadResult result = ManifestReader.Read(Encoding.UTF8.GetBytes(example.Text), new ManifestReadOptions { ForPacking = true });
        Assert.That(result.Diagnostics.Where(static d => !d.Rule.StartsWith('D')), Is.Empty, "D is where the reference runtime differs");
        Assert.That(result.Manifest, Is.Not.Null);
        Assert.That(result.Syntax, Is.EqualTo(ManifestSyntax.Yaml));
    }

    [Test]
    public void Examples_HaveEveryField()
    {
        string message = ManifestReader.Read("zzz: 1"u8).Diagnostics.First(static d => d.Rule == "P02").Message;
        string[] known = message[(message.IndexOf("known are ", StringComparison.Ordinal) + 10)..].Split(", ");
        Assert.That(Examples.SelectMany(static e => e.Fields).Distinct(), Is.EquivalentTo(known));
    }

    [TestCase("mounts", "bind", "dev", "persist", "proc", "resource", "sockets", "sysfs", "tmpfs")]
    [TestCase("mounts", "rw", "rec", "nosuid", "nodev", "noexec")]
    [TestCase("sched", "other", "batch", "idle", "fifo", "round_robin")]
    [TestCase("seccomp", "profile", "any", "args", "values", "mask")]
    [TestCase("network", "host", "namespace")]
    [TestCase("cgroups", "parent", "cpu", "memory", "blkio", "attrs")]
    [TestCase("sockets", "stream", "datagram", "seq_packet", "passcred")]
    [TestCase("autostart", "relaxed", "critical")]
    [TestCase("custom", "pids", "required", "devices")]
    public void Examples_HaveEveryKindOfAField(string field, params string[] words)
    {
        string[] texts = [.. Examples.Where(e => e.Fields.Contains(field)).Select(static e => e.Text)];
        foreach (string word in words)
        {
            Assert.That(texts, Has.Some.Match($@"\b{word}\b"), word);
        }
    }

    [Test]
    public void Examples_HaveNamesOfTheirOwn() => Assert.That(Examples.Select(static e => e.Name), Is.Unique);
}
