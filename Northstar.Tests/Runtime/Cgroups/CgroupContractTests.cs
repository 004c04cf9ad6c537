// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Runtime.Linux.Cgroups;

namespace Northstar.Tests.Runtime.Cgroups;

/// <summary>What both versions of cgroups have in common, on folders.</summary>
[TestFixture(1)]
[TestFixture(2)]
internal sealed class CgroupContractTests(int version)
{
    private CgroupFixture _fixture = null!;

    [SetUp]
    public void SetUp()
    {
        _fixture = new CgroupFixture(version);
        _fixture.Manager.CreateTop("top");
    }

    [TearDown]
    public void TearDown() => _fixture.Dispose();

    [Test]
    public async Task T136_WithoutSection_GroupBelowTheTopAndGoneAfterwards()
    {
        Cgroup cgroup = await _fixture.CreateAsync();
        string[] expected = version == 1 ? ["blkio", "memory", "cpu", "pids", "devices"] : ["unified"];
        Assert.That(_fixture.Groups().Where(g => g.EndsWith("/top/test-container", StringComparison.Ordinal)), Is.EquivalentTo(expected.Select(h => h + "/top/test-container")));
        Assert.That((cgroup.JoinDescriptors.Count, cgroup.BirthDirectory is not null), Is.EqualTo(version == 1 ? (expected.Length, false) : (0, true)));
        Assert.That(_fixture.Text("pids", "pids.max"), Is.EqualTo("1024"));
        Assert.That(cgroup.Warnings, Is.Empty);

        await cgroup.RemoveAsync();
        Assert.That(_fixture.Groups(), Has.None.Contains("test-container"));
        Assert.That(_fixture.Manager.RemoveTop(), Is.Empty);
        Assert.That(_fixture.Groups(), Is.Empty);
    }

    [Test]
    public async Task H35_Devices_AreDeniedBeforeSomeAreAllowed()
    {
        _fixture.Defaults = _fixture.Defaults with { Devices = [new DeviceGrant(DeviceKind.Block, 8, null, DeviceAccess.Read | DeviceAccess.MakeNode)] };
        Cgroup cgroup = await _fixture.CreateAsync();
        string[] rules = ["c 1:3 rw", "c 1:5 rw", "c 1:7 rw", "c 1:8 rw", "c 1:9 rw", "c 5:0 rw", "b 8:* rm"];
        string[] expected = ["devices/top/test-container/devices.deny=a", .. rules.Select(static r => "devices/top/test-container/devices.allow=" + r)];
        string[] unified = ["unified/top/test-container/devices.filter=" + string.Join(", ", rules)];
        Assert.That(_fixture.Writes.Where(static w => w.Contains("/devices.", StringComparison.Ordinal)), Is.EqualTo(version == 1 ? expected : unified));
        Assert.That(_fixture.Manager.FiltersDevices);
        await cgroup.RemoveAsync();
    }

    [Test]
    public async Task H35_KernelWithoutFilters_IsSaidAndStarts()
    {
        _fixture.CannotFilter = "load the device filter: not implemented (ENOSYS)";
        using CgroupManager manager = _fixture.Reopen();
        manager.CreateTop("top");
        Cgroup cgroup = await manager.CreateAsync(CgroupFixture.Name, null, _fixture.Defaults);
        Assert.That(manager.FiltersDevices, Is.EqualTo(version == 1));
        if (version == 2)
            Assert.That(manager.WhyNoDeviceFilter, Is.EqualTo(_fixture.CannotFilter));
        await cgroup.RemoveAsync();
    }

    [Test]
    public void H35_FilterThatIsRefused_FailsTheStartAndLeavesNothing()
    {
        _fixture.Refused = version == 1 ? "devices.deny" : "devices";
        Assert.That(async () => await _fixture.CreateAsync(), Throws.TypeOf<LinuxException>());
        Assert.That(_fixture.Groups().Where(static g => g.Contains("test-container", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public async Task T136_Parent_ReplacesTheTopAndGoesAtTheEnd()
    {
        Cgroup cgroup = await _fixture.CreateAsync(new CgroupSettings { Parent = "cpu-intense/night" });
        Assert.That(_fixture.Group("memory", "cpu-intense/night/test-container"), Does.Exist);
        Assert.That(cgroup.RelativePath, Is.EqualTo("cpu-intense/night/test-container"));
        await cgroup.RemoveAsync();
        Assert.That(_fixture.Manager.RemoveTop(), Is.Empty);
        Assert.That(_fixture.Groups(), Is.Empty);
    }

    [Test]
    public async Task T137_Limits_AreWritten()
    {
        Cgroup cgroup = await _fixture.CreateAsync(new CgroupSettings
        {
            Memory = new MemorySettings { HardLimit = 10_000_000, SoftLimit = 5_000_000, SwapLimit = -1 },
            Cpu = new CpuSettings { Shares = 100, Quota = 20_000, Period = 50_000 },
        });
        Assert.That(cgroup.Warnings, Is.Empty);
        if (version == 1)
        {
            Assert.That(_fixture.Text("memory", "memory.limit_in_bytes"), Is.EqualTo("10000000"));
            Assert.That(_fixture.Text("memory", "memory.soft_limit_in_bytes"), Is.EqualTo("5000000"));
            Assert.That(_fixture.Text("memory", "memory.memsw.limit_in_bytes"), Is.EqualTo("-1"));
            Assert.That(_fixture.Text("cpu", "cpu.shares"), Is.EqualTo("100"));
            Assert.That(_fixture.Text("cpu", "cpu.cfs_period_us"), Is.EqualTo("50000"));
            Assert.That(_fixture.Text("cpu", "cpu.cfs_quota_us"), Is.EqualTo("20000"));
        }
        else
        {
            Assert.That(_fixture.Text("memory", "memory.max"), Is.EqualTo("10000000"));
            Assert.That(_fixture.Text("memory", "memory.low"), Is.EqualTo("5000000"));
            Assert.That(_fixture.Text("memory", "memory.swap.max"), Is.EqualTo("max"));
            Assert.That(_fixture.Text("cpu", "cpu.weight"), Is.EqualTo("17"));
            Assert.That(_fixture.Text("cpu", "cpu.max"), Is.EqualTo("20000 50000"));
            Assert.That(_fixture.Writes, Does.Contain("unified/top/cgroup.subtree_control=+memory"));
        }
    }

    [Test]
    public async Task Quota_ZeroOrLess_IsNoLimit([Values(0, -1, -5)] long quota)
    {
        await _fixture.CreateAsync(new CgroupSettings { Cpu = new CpuSettings { Quota = quota } });
        Assert.That(_fixture.Text("cpu", version == 1 ? "cpu.cfs_quota_us" : "cpu.max"), Is.EqualTo(version == 1 ? "-1" : "max 100000"));
    }

    [Test]
    public async Task Blkio_Throttles_AreWrittenOrNamed()
    {
        _fixture.Absent.Add("blkio.throttle.write_iops_device");
        var settings = new BlkioSettings { ThrottleReadBps = [new ThrottleDevice(8, 0, 1_048_576)], ThrottleWriteIops = [new ThrottleDevice(8, 16, 99)] };
        Cgroup cgroup = await _fixture.CreateAsync(new CgroupSettings { Blkio = settings });
        string[] expected = version == 1
            ? ["blkio/top/test-container/blkio.throttle.read_bps_device=8:0 1048576"]
            : ["unified/top/test-container/io.max=8:0 rbps=1048576", "unified/top/test-container/io.max=8:16 wiops=99"];
        Assert.That(expected, Is.SubsetOf(_fixture.Writes));
        Assert.That(cgroup.Warnings, version == 1 ? Has.One.Contains("blkio.throttle.write_iops_device") : Is.Empty);
    }

    [Test]
    public async Task Cpuset_AskedFor_TakesEffect()
    {
        await _fixture.CreateAsync(new CgroupSettings { Cpu = new CpuSettings { Cpus = "1" } });
        Assert.That(_fixture.Text("cpuset", "cpuset.cpus"), Is.EqualTo("1"));
        if (version == 1)
        {
            Assert.That(_fixture.Text("cpuset", "cpuset.mems"), Is.EqualTo("0"), "a process cannot join a group without memory nodes");
            Assert.That(_fixture.Text("cpuset", "cpuset.cpus", "top"), Is.EqualTo("0-3"));
        }
    }

    [Test]
    public async Task Attributes_OfTheController_AreWrittenOthersNot()
    {
        var attributes = new Dictionary<string, string> { ["cpu.stat"] = "7", ["../cpu.stat"] = "8", ["cpu.x/../../../cgroup.procs"] = "9", ["cgroup.procs"] = "1", ["cpu.unknown"] = "5" };
        Cgroup cgroup = await _fixture.CreateAsync(new CgroupSettings { Cpu = new CpuSettings { Attrs = attributes } });
        Assert.That(_fixture.Text("cpu", "cpu.stat"), Is.EqualTo("7"));
        Assert.That(_fixture.Writes, Has.None.EndsWith("=8").And.None.EndsWith("=9").And.None.EndsWith("cgroup.procs=1"));
        Assert.That(cgroup.Warnings, Has.Count.EqualTo(4));
    }

    [TestCase("/absolute")]
    [TestCase("../up")]
    [TestCase("a/../../b")]
    [TestCase("a//b")]
    [TestCase(".")]
    public void Parent_LeavingTheHierarchy_IsRefused(string parent)
    {
        string[] before = _fixture.Groups();
        Assert.That(async () => await _fixture.CreateAsync(new CgroupSettings { Parent = parent }), Throws.TypeOf<InvalidDataException>().With.Message.Contains(parent));
        Assert.That(_fixture.Groups(), Is.EqualTo(before));
    }

    [Test]
    public async Task Remove_Busy_IsTriedAgain()
    {
        Cgroup cgroup = await _fixture.CreateAsync();
        _fixture.BusyDirectories[_fixture.Group("memory", "top/test-container")] = 3;
        await cgroup.RemoveAsync();
        Assert.That(_fixture.Groups(), Has.None.Contains("test-container"));
        if (version == 2)
            Assert.That(_fixture.Writes, Does.Contain("unified/top/test-container/cgroup.kill=1"));
    }

    [Test]
    public async Task Statistics_WhileTheGroupIsRemoved_AreWhatIsLeft()
    {
        Cgroup cgroup = await _fixture.CreateAsync();
        _fixture.OnRead = () => cgroup.RemoveAsync().AsTask().Wait();
        Assert.That(CgroupFixture.Statistics(cgroup).ValueKind, Is.EqualTo(System.Text.Json.JsonValueKind.Object));
        Assert.That(cgroup.Members, Is.Empty);
    }

    [Test]
    public async Task Create_GroupOfADeadRuntime_IsMadeAnew()
    {
        await _fixture.CreateAsync(new CgroupSettings { Cpu = new CpuSettings { Shares = 7 } });
        Directory.CreateDirectory(Path.Combine(_fixture.Group("memory", "top/test-container"), "nested"));
        using CgroupManager next = _fixture.Reopen();
        next.CreateTop("top");
        Cgroup cgroup = await next.CreateAsync(CgroupFixture.Name, null, _fixture.Defaults);
        Assert.That(_fixture.Text("cpu", version == 1 ? "cpu.shares" : "cpu.weight"), Is.EqualTo(version == 1 ? "1024" : "100"));
        await cgroup.RemoveAsync();
        Assert.That(next.RemoveTop(), Is.Empty);
    }

    [Test]
    public async Task Create_TopRemovedMeanwhile_IsMadeAnew()
    {
        await (await _fixture.CreateAsync()).RemoveAsync();
        foreach (string hierarchy in _fixture.Hierarchies)
            _fixture.RemoveDirectory(Path.Combine(_fixture.Root, hierarchy, "top"));
        _fixture.Writes.Clear();
        await _fixture.CreateAsync();
        Assert.That(_fixture.Group("memory", "top/test-container"), Does.Exist);
        if (version == 2)
            Assert.That(_fixture.Writes, Does.Contain("unified/top/cgroup.subtree_control=+memory"));
    }

    [Test]
    public async Task RemoveTop_ForeignGroup_StaysAndIsNamed()
    {
        await _fixture.CreateAsync();
        string held = _fixture.Group("memory", "top/test-container");
        _fixture.BusyDirectories[held] = int.MaxValue;
        Assert.That(_fixture.Manager.RemoveTop(), Is.EqualTo(new[] { Path.GetDirectoryName(held) }));
    }

    [Test]
    public async Task MemoryMonitor_Event_ReachesTheCallback()
    {
        Cgroup cgroup = await _fixture.CreateAsync(new CgroupSettings { Memory = new MemorySettings { OomMonitor = true } });
        var seen = new TaskCompletionSource<MemoryEvents>(TaskCreationOptions.RunContinuationsAsynchronously);
        cgroup.StartMemoryMonitor(events =>
        {
            if (events.Oom > 0)
                seen.TrySetResult(events);
        });
        if (version == 1)
            CgroupFixture.SignalEventfd(_fixture.Text("memory", "cgroup.event_control"));
        else
            await File.WriteAllTextAsync(Path.Combine(_fixture.Group("memory", "top/test-container"), "memory.events"), "low 1\nhigh 2\nmax 3\noom 4\noom_kill 5\noom_group_kill 6\nsock_throttled 7\n");
        MemoryEvents events = await seen.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.That(events, Is.EqualTo(version == 1 ? MemoryEvents.OutOfMemory : new MemoryEvents(1, 2, 3, 4, 5, 6)));
        await cgroup.RemoveAsync();
    }

    [Test]
    public async Task T233_EventJustBeforeTheRemoval_IsDeliveredAtOnce()
    {
        var monitored = new CgroupSettings { Memory = new MemorySettings { OomMonitor = true } };
        Cgroup first = await _fixture.CreateAsync(monitored);
        Cgroup second = await _fixture.Manager.CreateAsync(ContainerName.Parse("second"), monitored, _fixture.Defaults);
        List<MemoryEvents> seen = [];
        second.StartMemoryMonitor(seen.Add);
        var removed = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        first.StartMemoryMonitor(_ =>
        {
            // This is the thread of the events: nobody else can deliver the second one.
            Signal("top/second");
            removed.TrySetResult(second.RemoveAsync().AsTask());
        });
        Signal("top/test-container");
        await (await removed.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.That(seen, Has.Count.EqualTo(1));
        Assert.That(seen[0].Oom, Is.EqualTo(1));
        await first.RemoveAsync();
    }

    [Test]
    public async Task T233_RemovalWithoutAnEvent_DeliversNone()
    {
        Cgroup cgroup = await _fixture.CreateAsync(new CgroupSettings { Memory = new MemorySettings { OomMonitor = true } });
        List<MemoryEvents> seen = [];
        cgroup.StartMemoryMonitor(seen.Add);
        await cgroup.RemoveAsync();
        Assert.That(seen, Is.Empty);
    }

    [Test]
    public async Task T138_Statistics_HaveTheShapeOfTheProtocol()
    {
        Cgroup cgroup = await _fixture.CreateAsync();
        JsonElement statistics = CgroupFixture.Statistics(cgroup);
        Assert.That(statistics.EnumerateObject().Select(p => p.Name), Is.EquivalentTo(new[] { "cpu", "memory", "blkio" }));
        Assert.That(statistics.GetProperty("cpu").GetProperty("stat").GetString(), Is.EqualTo(version == 1 ? "nr_periods 0\n" : "usage_usec 7\n"));

        JsonElement memory = statistics.GetProperty("memory").GetProperty("memory");
        Assert.That(memory.GetProperty("usage_in_bytes").GetUInt64(), Is.EqualTo(4096));
        Assert.That(memory.GetProperty("limit_in_bytes").GetInt64(), Is.EqualTo(version == 1 ? 9223372036854771712 : -1));
        Assert.That(memory.GetProperty("swappiness").GetUInt64(), Is.EqualTo(version == 1 ? 0 : 77));
        Assert.That(memory.GetProperty("oom_control").GetProperty("under_oom").GetBoolean(), Is.EqualTo(version == 1));
        Assert.That(memory.GetProperty("numa_stat").EnumerateObject().Count(), Is.EqualTo(16));
        Assert.That(memory.GetProperty("numa_stat").GetProperty("hierarchical_total_pages_per_node").GetArrayLength(), Is.EqualTo(version == 1 ? 2 : 0));
        Assert.That(memory.GetProperty("stat").EnumerateObject().Count(), Is.EqualTo(17 + 2 + 17 + 1));
        Assert.That(memory.GetProperty("stat").GetProperty("raw").GetProperty(version == 1 ? "cache" : "future_counter").GetUInt64(), Is.EqualTo(version == 1 ? 100 : 1));
        Assert.That(statistics.GetProperty("memory").GetProperty("kmem").GetProperty("limit_in_bytes").GetInt64(), Is.EqualTo(-1));
        Assert.That(statistics.GetProperty("memory").GetProperty("kmem_tcp").EnumerateObject().Count(), Is.EqualTo(4));

        JsonElement blkio = statistics.GetProperty("blkio");
        Assert.That(blkio.EnumerateObject().Count(), Is.EqualTo((12 * 2) + 6 + 2 + 1 + 1));
        Assert.That(blkio.GetProperty("throttle").EnumerateObject().Count(), Is.EqualTo((4 * 2) + 4));
        JsonElement serviced = blkio.GetProperty("throttle").GetProperty("io_serviced");
        if (version == 1)
        {
            Assert.That(serviced.GetArrayLength(), Is.EqualTo(1), "a minor number beyond 16 bits cannot be carried");
            Assert.That(serviced[0].GetProperty("total").GetUInt64(), Is.EqualTo(7));
            Assert.That(blkio.GetProperty("throttle").GetProperty("io_serviced_total").GetUInt64(), Is.EqualTo(16));
            Assert.That(blkio.GetProperty("time")[0].GetProperty("data").GetUInt64(), Is.EqualTo(123));
        }
        else
        {
            Assert.That(blkio.GetProperty("io_stat")[0].GetProperty("wios").GetUInt64(), Is.EqualTo(4));
        }
    }

    private void Signal(string group)
    {
        if (version == 1)
            CgroupFixture.SignalEventfd(_fixture.Text("memory", "cgroup.event_control", group));
        else
            File.WriteAllText(Path.Combine(_fixture.Group("memory", group), "memory.events"), "low 0\noom 1\n");
    }
}
