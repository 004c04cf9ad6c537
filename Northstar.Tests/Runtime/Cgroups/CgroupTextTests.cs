// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Runtime.Linux.Cgroups;
using Northstar.Runtime.Linux.Cgroups.V2;

namespace Northstar.Tests.Runtime.Cgroups;

internal sealed class CgroupTextTests
{
    [Test]
    public void U107_MemoryEvents_UnknownAndMissingNames_AreSkippedAndUnset()
    {
        Assert.That(MemoryEvents.Parse("low 1\nhigh 2\nmax 3\noom 4\noom_kill 5\noom_group_kill 6\n"), Is.EqualTo(new MemoryEvents(1, 2, 3, 4, 5, 6)));
        Assert.That(MemoryEvents.Parse("oom 4\nbrand_new 9\nmax x\n\n oom_kill\n"), Is.EqualTo(new MemoryEvents(null, null, null, 4, null, null)));
    }

    [TestCase(0ul, 1ul)]
    [TestCase(2ul, 1ul)]
    [TestCase(3ul, 2ul)]
    [TestCase(100ul, 17ul)]
    [TestCase(200ul, 29ul)]
    [TestCase(1024ul, 100ul)]
    [TestCase(262143ul, 10000ul)]
    [TestCase(262144ul, 10000ul)]
    [TestCase(ulong.MaxValue, 10000ul)]
    public void T137_Weight_OfShares(ulong shares, ulong weight) => Assert.That(CpuV2.Weight(shares), Is.EqualTo(weight));

    [Test]
    public void Mounts_Hybrid_ControllersOfBothVersions()
    {
        CgroupMounts mounts = CgroupMounts.Parse(
            """
            31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
            32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:5 master:2 - cgroup cgroup rw,cpu,cpuacct
            40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd
            41 31 0:38 / /mnt/with\040blank rw,relatime - cgroup2 cgroup2 rw,nsdelegate
            42 31 0:38 / /mnt/second rw,relatime - cgroup2 cgroup2 rw
            nonsense
            """);
        Assert.That(mounts.V1["cpu"], Is.EqualTo("/sys/fs/cgroup/cpu,cpuacct"));
        Assert.That(mounts.V1["cpuacct"], Is.EqualTo("/sys/fs/cgroup/cpu,cpuacct"));
        Assert.That(mounts.V1, Does.Not.ContainKey("memory"));
        Assert.That(mounts.Unified, Is.EqualTo("/mnt/with blank"));
    }

    [Test]
    public async Task Hybrid_EachController_IsUsedWhereItIs()
    {
        using CgroupFixture fixture = CgroupFixture.Hybrid();
        fixture.Manager.CreateTop("top");
        Cgroup cgroup = await fixture.CreateAsync(new CgroupSettings
        {
            Memory = new MemorySettings { HardLimit = 8192 },
            Cpu = new CpuSettings { Shares = 100 },
            Blkio = new BlkioSettings { ThrottleReadBps = [new ThrottleDevice(8, 0, 99)] },
        });
        Assert.That(
            fixture.Writes.Where(static w => w.Contains("/test-container/", StringComparison.Ordinal)),
            Is.EqualTo(new[]
            {
                "memory/top/test-container/memory.limit_in_bytes=8192", "cpu/top/test-container/cpu.shares=100",
                "unified/top/test-container/io.max=8:0 rbps=99", "unified/top/test-container/pids.max=1024",
                "unified/top/test-container/devices.filter=c 1:3 rw, c 1:5 rw, c 1:7 rw, c 1:8 rw, c 1:9 rw, c 5:0 rw",
            }));
        Assert.That((cgroup.JoinDescriptors.Count, cgroup.BirthDirectory is not null), Is.EqualTo((2, true)));
        Assert.That(cgroup.Warnings, Is.Empty);
        await cgroup.RemoveAsync();
        Assert.That(fixture.Manager.RemoveTop(), Is.Empty);
        Assert.That(fixture.Groups(), Is.Empty);
    }

    /// <summary>As with <c>cgroup_no_v1=devices</c>: version 2 has no controller of devices that would move there.</summary>
    [Test]
    public async Task H35_HybridWithoutDevicesV1_FiltersInVersion2([Values] bool hasDevicesV1, [Values] bool canFilter)
    {
        using CgroupFixture fixture = CgroupFixture.HybridWithEmptyUnified(hasDevicesV1);
        fixture.Defaults = new CgroupDefaults(0, null);
        fixture.CannotFilter = canFilter ? null : "load the device filter: not implemented (ENOSYS)";
        using CgroupManager manager = fixture.Reopen();
        manager.CreateTop("top");

        Cgroup cgroup = await manager.CreateAsync(CgroupFixture.Name, null, fixture.Defaults);

        string[] rules = [.. fixture.Writes.Where(static w => w.Contains("/devices.filter=", StringComparison.Ordinal))];
        bool isFiltered = !hasDevicesV1 && canFilter;
        Assert.That(rules, isFiltered ? Has.Length.EqualTo(1).And.All.StartsWith("unified/top/test-container/devices.filter=c 1:3 rw, ") : Is.Empty);
        Assert.That(manager.FiltersDevices, Is.EqualTo(hasDevicesV1 || canFilter));
        Assert.That(fixture.Groups().Any(static g => g.StartsWith("unified/", StringComparison.Ordinal)), Is.EqualTo(isFiltered), "no group that nobody needs");
        Assert.That((cgroup.JoinDescriptors.Count, cgroup.BirthDirectory is not null), Is.EqualTo((hasDevicesV1 ? 2 : 1, isFiltered)));
        Assert.That(cgroup.Warnings, Is.Empty);
        await cgroup.RemoveAsync();
        Assert.That(manager.RemoveTop(), Is.Empty);
        Assert.That(fixture.Groups(), Is.Empty);
    }

    [Test]
    public void Open_NoHierarchy_SaysSo() =>
        Assert.That(
            () => CgroupManager.Open("22 1 0:20 / /proc rw - proc proc rw\n", new CgroupFileSystem(), TimeProvider.System),
            Throws.TypeOf<LinuxException>().With.Message.Contains("cgroup"));

    [Test]
    public async Task RealtimeBudget_GroupsAbove_GetRoomForAllBelow()
    {
        using var fixture = new CgroupFixture(1);
        fixture.Manager.CreateTop("outer/top");
        fixture.Defaults = new CgroupDefaults(0, TimeSpan.FromMilliseconds(50));
        await fixture.CreateAsync();
        Assert.That(fixture.Text("cpu", "cpu.rt_runtime_us", "outer/top/test-container"), Is.EqualTo("50000"));
        Assert.That(fixture.Text("cpu", "cpu.rt_runtime_us", "outer/top"), Is.EqualTo("50000"));

        var own = new CgroupSettings { Cpu = new CpuSettings { RealtimeRuntime = 30_000, RealtimePeriod = 100_000 } };
        await fixture.Manager.CreateAsync(ContainerName.Parse("second"), own, fixture.Defaults);
        Assert.That(fixture.Text("cpu", "cpu.rt_runtime_us", "outer/top/second"), Is.EqualTo("30000"));
        Assert.That(fixture.Text("cpu", "cpu.rt_period_us", "outer/top/second"), Is.EqualTo("100000"));
        Assert.That(fixture.Text("cpu", "cpu.rt_runtime_us", "outer/top"), Is.EqualTo("350000"));
        Assert.That(fixture.Text("cpu", "cpu.rt_runtime_us", "outer"), Is.EqualTo("350000"));
        Assert.That(fixture.Group("pids", "outer/top/second"), Does.Not.Exist, "no limit of processes, no group for it");
    }

    [Test]
    public async Task UnifiedSettings_OfVersionOneOnly_AreNamed()
    {
        using var fixture = new CgroupFixture(2);
        fixture.Manager.CreateTop("top");
        Cgroup cgroup = await fixture.CreateAsync(new CgroupSettings
        {
            Memory = new MemorySettings { Swappiness = 10, KernelMemoryLimit = 1, SoftLimit = -1 },
            Cpu = new CpuSettings { RealtimeRuntime = 5 },
        });
        Assert.That(cgroup.Warnings, Has.Count.EqualTo(3));
        Assert.That(fixture.Text("memory", "memory.swap.max"), Is.EqualTo("max"), "swappiness is no swap limit");
        Assert.That(fixture.Text("memory", "memory.low"), Is.EqualTo("0"), "no soft limit is no protection");
    }
}
