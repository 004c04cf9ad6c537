// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Linux;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>What the runtime asks of the host, on this host.</summary>
[Category("Kernel")]
[NonParallelizable]
[Requires(HostFeature.Root)]
internal sealed class HostFeatureTests
{
    [Test]
    public async Task Probe_LeavesNothingAndStaysInItsNamespaces()
    {
        var leaks = new LeakCheck();
        string[] before = Namespaces();
        IReadOnlyList<HostFinding> first = HostFeatures.Probe();
        Assert.That(HostFeatures.Probe().Select(static f => (f.Name, f.Problem)), Is.EqualTo(first.Select(static f => (f.Name, f.Problem))));
        Assert.That(Namespaces(), Is.EqualTo(before));
        leaks.AssertNothingIsLeft();
    }

    /// <summary>The kernel under test says the same about itself in its configuration.</summary>
    [Test]
    public void Probe_AgreesWithTheConfigurationOfTheKernel()
    {
        const string Path = "/proc/config.gz";
        if (!File.Exists(Path))
        {
            Assert.Ignore($"no {Path}");
        }

        var configuration = KernelConfiguration.Load(Path);
        foreach (HostFinding finding in HostFeatures.Probe().Where(static f => f.Group is "images" or "isolation" && f.Options.Count > 0))
        {
            string?[] missing = [.. finding.Options.Where(o => configuration.Find(o) is null)];
            Assert.That(missing, finding.IsPresent ? Is.Empty : Is.Not.Empty, $"{finding.Name}: {finding.Problem}");
        }
    }

    [Test]
    public void SquashfsOfAnUnknownCompression_IsRefusedByTheKernel() =>
        Assert.That(() => ImageProbes.Squashfs(77), Throws.TypeOf<LinuxException>().With.Property("Errno").EqualTo((int)Errno.EINVAL));

    private static string[] Namespaces() =>
        [.. new[] { "mnt", "pid", "ipc", "uts", "net", "cgroup" }.Select(static n => new FileInfo($"/proc/self/ns/{n}").LinkTarget!)];
}
