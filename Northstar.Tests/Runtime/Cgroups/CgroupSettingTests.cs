// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Runtime.Linux.Cgroups;

namespace Northstar.Tests.Runtime.Cgroups;

/// <summary>Every setting of a manifest, with the files and texts that it becomes in both versions, in their order.</summary>
[TestFixture(1)]
[TestFixture(2)]
internal sealed class CgroupSettingTests(int version)
{
    private const int OneWarning = 1;

    private CgroupFixture _fixture = null!;

    [SetUp]
    public void SetUp()
    {
        _fixture = new CgroupFixture(version) { Defaults = new CgroupDefaults(0, null) };
        _fixture.Manager.CreateTop("top");
    }

    [TearDown]
    public void TearDown() => _fixture.Dispose();

    private static IEnumerable<TestCaseData> Settings() =>
    [
        Memory("MemoryHardLimit", new() { HardLimit = 8192 }, ["memory.limit_in_bytes=8192"], ["memory.max=8192"]),
        Memory("MemoryHardLimitNone", new() { HardLimit = -1 }, ["memory.limit_in_bytes=-1"], ["memory.max=max"]),
        Memory("MemorySoftLimit", new() { SoftLimit = 4096 }, ["memory.soft_limit_in_bytes=4096"], ["memory.low=4096"]),
        Memory("MemorySoftLimitNone", new() { SoftLimit = -1 }, ["memory.soft_limit_in_bytes=-1"], []),
        Memory("MemorySwapLimit", new() { SwapLimit = 16384 }, ["memory.memsw.limit_in_bytes=16384"], ["memory.swap.max=16384"]),
        Memory("MemorySwapLimitNone", new() { SwapLimit = -1 }, ["memory.memsw.limit_in_bytes=-1"], ["memory.swap.max=max"]),
        Memory("KernelMemoryLimit", new() { KernelMemoryLimit = 4096 }, ["memory.kmem.limit_in_bytes=4096"], [], unifiedWarnings: OneWarning),
        Memory("KernelTcpMemoryLimit", new() { KernelTcpMemoryLimit = 4096 }, ["memory.kmem.tcp.limit_in_bytes=4096"], [], unifiedWarnings: OneWarning),
        Memory("Swappiness", new() { Swappiness = 10 }, ["memory.swappiness=10"], [], unifiedWarnings: OneWarning),
        Memory("MemoryAttrs", new() { Attrs = Attrs("memory.swappiness", "7") }, ["memory.swappiness=7"], [], unifiedWarnings: OneWarning),
        Memory("MemoryAttrsUnified", new() { Attrs = Attrs("memory.high", "4096") }, [], ["memory.high=4096"], warnings: OneWarning),
        Memory("MemoryAttrsForeign", new() { Attrs = Attrs("cpu.shares", "2") }, [], [], OneWarning, OneWarning),
        Memory(
            "MemoryLimitBeforeSwapLimit", new() { SwapLimit = 2, SoftLimit = 1, HardLimit = 2 },
            ["memory.limit_in_bytes=2", "memory.soft_limit_in_bytes=1", "memory.memsw.limit_in_bytes=2"], ["memory.max=2", "memory.low=1", "memory.swap.max=2"]),
        Cpu("Shares", new() { Shares = 1024 }, ["cpu.shares=1024"], ["cpu.weight=100"]),
        Cpu("Quota", new() { Quota = 20_000 }, ["cpu.cfs_quota_us=20000"], ["cpu.max=20000 100000"]),
        Cpu("Period", new() { Period = 50_000 }, ["cpu.cfs_period_us=50000"], ["cpu.max=max 50000"]),
        Cpu("QuotaNone", new() { Quota = -1, Period = 50_000 }, ["cpu.cfs_period_us=50000", "cpu.cfs_quota_us=-1"], ["cpu.max=max 50000"]),
        Cpu("RealtimeRuntime", new() { RealtimeRuntime = 30_000 }, ["cpu.rt_period_us=1000000", "cpu.rt_runtime_us=30000"], [], unifiedWarnings: OneWarning),
        Cpu("RealtimePeriod", new() { RealtimePeriod = 500_000 }, ["cpu.rt_period_us=500000", "cpu.rt_runtime_us=0"], [], unifiedWarnings: OneWarning),
        Cpu("CpuAttrs", new() { Attrs = Attrs("cpu.stat", "0") }, ["cpu.stat=0"], ["cpu.stat=0"]),
        Cpu("CpuAttrsUnknown", new() { Attrs = Attrs("cpu.future", "0") }, [], [], OneWarning, OneWarning),
        Cpu("Cpus", new() { Cpus = "1-2" }, ["cpuset.cpus=0-3", "cpuset.mems=0", "cpuset.cpus=1-2"], ["cpuset.cpus=1-2"]),
        Cpu("Mems", new() { Mems = "0" }, ["cpuset.cpus=0-3", "cpuset.mems=0", "cpuset.mems=0"], ["cpuset.mems=0"]),
        Blkio("BlkioAttrs", new() { Attrs = Attrs("blkio.weight", "3") }, [], [], OneWarning, OneWarning),
        Blkio("Weight", new() { Weight = 300 }, ["blkio.weight=300"], ["io.bfq.weight=300"]),
        Blkio("LeafWeight", new() { LeafWeight = 300 }, ["blkio.leaf_weight=300"], [], unifiedWarnings: OneWarning),
        Blkio("WeightDevice", new() { WeightDevice = [new(8, 16, 300, null)] }, ["blkio.weight_device=8:16 300"], ["io.bfq.weight=8:16 300"]),
        Blkio("LeafWeightDevice", new() { WeightDevice = [new(8, 16, null, 200)] }, ["blkio.leaf_weight_device=8:16 200"], [], unifiedWarnings: OneWarning),
        Blkio("ThrottleReadBps", new() { ThrottleReadBps = [new(8, 0, 99)] }, ["blkio.throttle.read_bps_device=8:0 99"], ["io.max=8:0 rbps=99"]),
        Blkio("ThrottleWriteBps", new() { ThrottleWriteBps = [new(8, 0, 99)] }, ["blkio.throttle.write_bps_device=8:0 99"], ["io.max=8:0 wbps=99"]),
        Blkio("ThrottleReadIops", new() { ThrottleReadIops = [new(8, 0, 99)] }, ["blkio.throttle.read_iops_device=8:0 99"], ["io.max=8:0 riops=99"]),
        Blkio(
            "ThrottleWriteIops", new() { ThrottleWriteIops = [new(8, 0, 99), new(8, 16, 7)] },
            ["blkio.throttle.write_iops_device=8:0 99", "blkio.throttle.write_iops_device=8:16 7"], ["io.max=8:0 wiops=99", "io.max=8:16 wiops=7"]),
    ];

    [TestCaseSource(nameof(Settings))]
    public async Task T137_Setting_BecomesTheseFiles(CgroupSettings settings, string[] v1, string[] unified, int warnings, int unifiedWarnings)
    {
        Cgroup cgroup = await _fixture.CreateAsync(settings);
        Assert.That(Written(), Is.EqualTo(version == 1 ? v1 : unified));
        Assert.That(cgroup.Warnings, Has.Count.EqualTo(version == 1 ? warnings : unifiedWarnings));
        await cgroup.RemoveAsync();
        Assert.That(_fixture.Manager.RemoveTop(), Is.Empty);
        Assert.That(_fixture.Groups(), Is.Empty);
    }

    /// <summary>Since Linux 5.0 version 1 weighs with BFQ alone; version 2 has io.weight where BFQ is not built.</summary>
    [Test]
    public async Task Weight_OtherSchedulerOfTheKernel_IsWrittenThere()
    {
        _fixture.Absent.UnionWith(["blkio.weight", "io.bfq.weight"]);
        Cgroup cgroup = await _fixture.CreateAsync(new CgroupSettings { Blkio = new BlkioSettings { Weight = 300, WeightDevice = [new WeightDevice(8, 0, 200, null)] } });
        Assert.That(Written(), Is.EqualTo(version == 1 ? ["blkio.bfq.weight=300", "blkio.bfq.weight_device=8:0 200"] : new[] { "io.weight=300", "io.weight=8:0 200" }));
        Assert.That(cgroup.Warnings, Is.Empty);
    }

    [TestCase(1024u, "1024")]
    [TestCase(64u, "64")]
    [TestCase(0u, "max")]
    public async Task Pids_Default_IsTheLimit(uint pids, string text)
    {
        _fixture.Defaults = new CgroupDefaults(pids, null);
        await _fixture.CreateAsync();
        string file = Path.Combine(_fixture.Group("pids", "top/test-container"), "pids.max");
        Assert.That(File.Exists(file) ? (await File.ReadAllTextAsync(file)).Trim() : "max", Is.EqualTo(text));
    }

    [Test]
    public async Task H55_Defaults_AreTheLimitsOfWhoNamesNone()
    {
        _fixture.Defaults = new CgroupDefaults(0, null) { MemoryBytes = 1 << 20, SwapBytes = 4096, Cpu = TimeSpan.FromMilliseconds(1500) };
        await _fixture.CreateAsync();
        Assert.That(Written(), Is.EqualTo(version == 1
            ? ["memory.limit_in_bytes=1048576", "memory.memsw.limit_in_bytes=1052672", "cpu.cfs_quota_us=150000"]
            : new[] { "cpu.max=150000 100000", "memory.max=1048576", "memory.swap.max=4096" }));
    }

    [Test]
    public async Task H55_Defaults_GiveWayToTheManifest()
    {
        _fixture.Defaults = new CgroupDefaults(0, null) { MemoryBytes = 1 << 20, SwapBytes = 4096, Cpu = TimeSpan.FromMilliseconds(500) };
        await _fixture.CreateAsync(new CgroupSettings
        {
            Memory = new MemorySettings { HardLimit = 5000, SwapLimit = 6000 }, Cpu = new CpuSettings { Quota = 7000, Period = 20000 },
        });
        Assert.That(Written(), Is.EqualTo(version == 1
            ? ["memory.limit_in_bytes=5000", "memory.memsw.limit_in_bytes=6000", "cpu.cfs_period_us=20000", "cpu.cfs_quota_us=7000"]
            : new[] { "cpu.max=7000 20000", "memory.max=5000", "memory.swap.max=6000" }));
    }

    [Test]
    public async Task H55_DefaultCpu_FitsThePeriodOfTheManifestAndNoLimitOfMemoryHasNoneOfSwap()
    {
        _fixture.Defaults = new CgroupDefaults(0, null) { SwapBytes = 4096, Cpu = TimeSpan.FromMilliseconds(500) };
        await _fixture.CreateAsync(new CgroupSettings { Memory = new MemorySettings { HardLimit = -1 }, Cpu = new CpuSettings { Period = 20000 } });
        Assert.That(Written(), Is.EqualTo(version == 1
            ? ["memory.limit_in_bytes=-1", "cpu.cfs_period_us=20000", "cpu.cfs_quota_us=10000"]
            : new[] { "cpu.max=10000 20000", "memory.max=max", "memory.swap.max=4096" }));
    }

    [TestCase("memory.limit_in_bytes", "memory.max")]
    [TestCase("memory.soft_limit_in_bytes", "memory.low")]
    [TestCase("cpu.shares", "cpu.weight")]
    [TestCase("cpu.cfs_quota_us", "cpu.max")]
    [TestCase("cpu.cfs_period_us", "cpu.max")]
    [TestCase("cpuset.cpus", "cpuset.cpus")]
    [TestCase("cpuset.mems", "cpuset.mems")]
    [TestCase("pids.max", "pids.max")]
    public void RefusedLimit_FailsNamingTheFileAndNothingIsLeft(string v1, string unified)
    {
        string[] before = _fixture.Groups();
        _fixture.Defaults = new CgroupDefaults(7, null);
        _fixture.Refused = version == 1 ? v1 : unified;
        var settings = new CgroupSettings
        {
            Memory = new MemorySettings { HardLimit = 2, SoftLimit = 1 },
            Cpu = new CpuSettings { Shares = 3, Quota = 4, Period = 5, Cpus = "0", Mems = "0" },
        };
        Assert.That(async () => await _fixture.CreateAsync(settings), Throws.TypeOf<LinuxException>().With.Message.Contains(_fixture.Refused));
        Assert.That(_fixture.Groups().Where(static g => g.Contains("test-container", StringComparison.Ordinal)), Is.Empty);
        Assert.That(_fixture.Groups().Except(before).Where(static g => !g.EndsWith("/top", StringComparison.Ordinal)), Is.Empty);
    }

    [TestCase("memory.memsw.limit_in_bytes", "memory.swap.max")]
    [TestCase("blkio.throttle.read_bps_device", "io.max")]
    [TestCase("cpu.stat", "cpu.stat")]
    public async Task RefusedSettingThatIsNoLimit_IsAWarningNamingTheFile(string v1, string unified)
    {
        _fixture.Refused = version == 1 ? v1 : unified;
        Cgroup cgroup = await _fixture.CreateAsync(new CgroupSettings
        {
            Memory = new MemorySettings { SwapLimit = 1 },
            Cpu = new CpuSettings { Attrs = Attrs("cpu.stat", "0") },
            Blkio = new BlkioSettings { ThrottleReadBps = [new ThrottleDevice(8, 0, 99)] },
        });
        Assert.That(cgroup.Warnings, Has.Count.EqualTo(1));
        Assert.That(cgroup.Warnings[0], Does.Contain(_fixture.Refused).And.Contain("EINVAL"));
    }

    /// <summary>What was written for the container, without the places of the files.</summary>
    private string[] Written() =>
        [.. _fixture.Writes.Where(static w => !w.Contains("/devices.", StringComparison.Ordinal) && w.Contains("/test-container/", StringComparison.Ordinal)).Select(static w => w[(w.IndexOf("/test-container/", StringComparison.Ordinal) + 16)..])];

    private static Dictionary<string, string> Attrs(string file, string text) => new() { [file] = text };

    private static TestCaseData Memory(string name, MemorySettings settings, string[] v1, string[] unified, int warnings = 0, int unifiedWarnings = 0) =>
        Case(name, new CgroupSettings { Memory = settings }, v1, unified, warnings, unifiedWarnings);

    private static TestCaseData Cpu(string name, CpuSettings settings, string[] v1, string[] unified, int warnings = 0, int unifiedWarnings = 0) =>
        Case(name, new CgroupSettings { Cpu = settings }, v1, unified, warnings, unifiedWarnings);

    private static TestCaseData Blkio(string name, BlkioSettings settings, string[] v1, string[] unified, int warnings = 0, int unifiedWarnings = 0) =>
        Case(name, new CgroupSettings { Blkio = settings }, v1, unified, warnings, unifiedWarnings);

    private static TestCaseData Case(string name, CgroupSettings settings, string[] v1, string[] unified, int warnings, int unifiedWarnings) =>
        new TestCaseData(settings, v1, unified, warnings, unifiedWarnings).SetArgDisplayNames(name);
}
