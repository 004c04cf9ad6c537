// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Northstar.Npk;
using Northstar.Runtime.Linux.Cgroups;
using Northstar.Tests.Npk.Support;
using Northstar.Tests.Support;
using static Northstar.Tests.Kernel.CgroupKernelTests;

namespace Northstar.Tests.Kernel;

/// <summary>Cgroup version 2 with its controllers, and processes that strain them.</summary>
[Category("Kernel")]
[NonParallelizable]
[Requires(HostFeature.Root, HostFeature.CgroupV2Controllers)]
internal sealed class CgroupV2KernelTests
{
    private const int Patience = 30_000;

    private readonly string _top = $"northstar-tests-{Environment.ProcessId}-v2";
    private readonly List<Process> _processes = [];
    private CgroupManager _manager = null!;

    [SetUp]
    public void SetUp()
    {
        string mounts = string.Join('\n', File.ReadLines("/proc/self/mountinfo").Where(static line => line.Contains(" - cgroup2 ", StringComparison.Ordinal)));
        _manager = CgroupManager.Open(mounts, new CgroupFileSystem(), TimeProvider.System);
        _manager.CreateTop(_top);
    }

    [TearDown]
    public void TearDown()
    {
        ProcessTable.End(_processes);
        Assert.That(_manager.RemoveTop(), Is.Empty, "left behind");
        _manager.Dispose();
    }

    [Test]
    public async Task AllControllers_ReachTheContainer()
    {
        Cgroup cgroup = await CreateAsync(new CgroupSettings
        {
            Memory = new MemorySettings { HardLimit = 32 << 20 },
            Cpu = new CpuSettings { Shares = 512, Period = 100_000, Quota = 50_000, Cpus = "0" },
        });

        CgroupMember member = cgroup.Members.Single();
        Assert.That(Text(member, "cgroup.controllers").Split(' '), Is.SupersetOf(s_controllers));
        Assert.That(Text(member, "memory.max"), Is.EqualTo($"{32 << 20}"));
        Assert.That(Text(member, "cpu.max"), Is.EqualTo("50000 100000"));
        Assert.That(Text(member, "cpuset.cpus"), Is.EqualTo("0"));
        Assert.That(cgroup.Warnings, Is.Empty);
        await cgroup.RemoveAsync();
    }

    [Test]
    public async Task MemoryLimit_Exceeded_KillsInsideTheGroupOnly()
    {
        Cgroup cgroup = await CreateAsync(new CgroupSettings { Memory = new MemorySettings { HardLimit = 16 << 20, SwapLimit = 0 } });
        Process outside = Shell(null, "read go; exec sleep 1000");
        Process eater = Shell(cgroup, "read go; exec tail /dev/zero");

        Go(eater);

        await eater.WaitForExitAsync().WaitAsync(TimeSpan.FromMilliseconds(Patience));
        Assert.That(eater.ExitCode, Is.EqualTo(128 + 9));
        Assert.That(Counter(cgroup, "memory", "memory.events", "oom_kill"), Is.GreaterThan(0));
        Assert.That(outside.HasExited, Is.False);
        await cgroup.RemoveAsync();
    }

    [Test]
    public async Task CpuQuota_BusyProcess_IsThrottled()
    {
        Cgroup cgroup = await CreateAsync(new CgroupSettings { Cpu = new CpuSettings { Period = 100_000, Quota = 10_000 } });
        Process busy = Shell(cgroup, "read go; while :; do :; done");

        Go(busy);

        Assert.That(() => Counter(cgroup, "cpu", "cpu.stat", "nr_throttled") >= 3, Is.True.After(Patience, 20));

        // A tenth of the time, with room for the first period and for what is counted late.
        long periods = Counter(cgroup, "cpu", "cpu.stat", "nr_periods");
        Assert.That(Counter(cgroup, "cpu", "cpu.stat", "usage_usec"), Is.LessThan((periods + 2) * 20_000));
        await cgroup.RemoveAsync();
    }

    [Test]
    public async Task ForkBomb_StopsAtTheLimitAndDiesAtOnce()
    {
        Cgroup cgroup = await CreateAsync(null, pids: 16);
        Process bomb = Shell(cgroup, "read go; bomb() { bomb | bomb & }; bomb; while :; do sleep 1; done");

        Go(bomb);

        Assert.That(() => Counter(cgroup, "pids", "pids.events", "max") > 0, Is.True.After(Patience, 10));
        Assert.That(Number(cgroup, "pids", "pids.current"), Is.LessThanOrEqualTo(16));
        using Process other = Process.Start("/bin/true");
        Assert.That(other.WaitForExit(Patience), Is.True, "processes outside can still be made");

        cgroup.Kill();

        Assert.That(() => Counter(cgroup, "pids", "cgroup.events", "populated"), Is.Zero.After(Patience, 10));
        await cgroup.RemoveAsync();
    }

    [Test]
    public async Task Kill_ReachesGroupsThatTheContainerMade()
    {
        Cgroup cgroup = await CreateAsync(null);
        string child = Directory.CreateDirectory(Path.Combine(cgroup.Members[0].Directory, "child")).FullName;
        Process inside = Shell(cgroup, "read go; exec sleep 1000");
        await File.WriteAllTextAsync(Path.Combine(child, "cgroup.procs"), inside.Id.ToString(CultureInfo.InvariantCulture));

        await cgroup.RemoveAsync();

        await inside.WaitForExitAsync().WaitAsync(TimeSpan.FromMilliseconds(Patience));
        Assert.That(inside.ExitCode, Is.EqualTo(128 + 9));
        Assert.That(Directory.Exists(cgroup.Members.Count > 0 ? cgroup.Members[0].Directory : child), Is.False);
    }

    [Test]
    public async Task IoLimit_IsSetAndReadsAreCounted()
    {
        string file = Path.GetTempFileName();
        await File.WriteAllBytesAsync(file, new byte[1 << 20]);
        string device = Tool.Run("losetup", "--find", "--show", file).Output.Trim();
        try
        {
            int minor = int.Parse(device["/dev/loop".Length..], CultureInfo.InvariantCulture);
            Cgroup cgroup = await CreateAsync(new CgroupSettings
            {
                Blkio = new BlkioSettings { ThrottleReadBps = [new ThrottleDevice(7, (ulong)minor, 100_000_000)], ThrottleWriteIops = [new ThrottleDevice(7, (ulong)minor, 1000)] },
            });
            Assert.That(cgroup.Warnings, Is.Empty);
            Assert.That(Text(Member(cgroup, "io"), "io.max"), Is.EqualTo($"7:{minor} rbps=100000000 wbps=max riops=max wiops=1000"));

            Process reader = Shell(cgroup, $"read go; exec dd if={device} of=/dev/null bs=64k count=4 iflag=direct status=none");
            Go(reader);
            await reader.WaitForExitAsync().WaitAsync(TimeSpan.FromMilliseconds(Patience));

            Assert.That(reader.ExitCode, Is.Zero);
            Assert.That(Text(Member(cgroup, "io"), "io.stat"), Does.Contain($"7:{minor} rbytes={4 * 64 * 1024} "));
            Assert.That(Statistics(cgroup).GetProperty("blkio").GetRawText(), Does.Contain("262144"));
            await cgroup.RemoveAsync();
        }
        finally
        {
            Tool.Run("losetup", "--detach", device);
            File.Delete(file);
        }
    }

    [Test]
    public async Task Statistics_OfABusyProcess_AreItsOwn()
    {
        Cgroup cgroup = await CreateAsync(new CgroupSettings { Memory = new MemorySettings { HardLimit = 64 << 20 }, Cpu = new CpuSettings { Shares = 1024 } });
        Process busy = Shell(cgroup, "read go; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exec sleep 1000");
        Go(busy);

        Assert.That(() => Counter(cgroup, "cpu", "cpu.stat", "usage_usec") > 1000, Is.True.After(Patience, 10));
        JsonElement statistics = Statistics(cgroup);
        JsonElement memory = statistics.GetProperty("memory").GetProperty("memory");
        Assert.That(memory.GetProperty("limit_in_bytes").GetInt64(), Is.EqualTo(64 << 20));
        Assert.That(memory.GetProperty("usage_in_bytes").GetInt64(), Is.GreaterThan(0).And.LessThan(64 << 20));
        Assert.That(statistics.GetProperty("cpu").GetProperty("stat").GetString(), Does.Contain("usage_usec"));
        await cgroup.RemoveAsync();
    }

    private static readonly string[] s_controllers = ["memory", "cpu", "cpuset", "pids"];

    private async Task<Cgroup> CreateAsync(CgroupSettings? settings, uint pids = 64) =>
        await _manager.CreateAsync(Name("container"), settings, new CgroupDefaults(pids, null) { Devices = DeviceGrant.Every });

    /// <summary>Starts a shell that waits for <see cref="Go"/>, in a group.</summary>
    private Process Shell(Cgroup? cgroup, string command)
    {
        Process process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardInput = true, RedirectStandardError = true })!;
        _processes.Add(process);
        if (cgroup is not null)
        {
            Join(cgroup, process);
        }

        return process;
    }

    private static void Go(Process process) => process.StandardInput.WriteLine();

    private static long Number(Cgroup cgroup, string controller, string file) =>
        long.Parse(Text(Member(cgroup, controller), file), CultureInfo.InvariantCulture);

    private static long Counter(Cgroup cgroup, string controller, string file, string name) =>
        long.Parse(Text(Member(cgroup, controller), file).Split('\n').First(line => line.StartsWith(name + " ", StringComparison.Ordinal))[(name.Length + 1)..], CultureInfo.InvariantCulture);
}
