// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Linux.Cgroups;

namespace Northstar.Tests.Kernel;

/// <summary>The machine's own hierarchies, whatever their version.</summary>
[Category("Kernel")]
[NonParallelizable]
internal sealed class CgroupKernelTests
{
    private static readonly CgroupDefaults s_defaults = new(64, null);

    private readonly string _top = $"northstar-tests-{Environment.ProcessId}";
    private CgroupManager? _manager;

    private CgroupManager Manager => _manager!;

    [SetUp]
    public void SetUp()
    {
        if (!Environment.IsPrivilegedProcess)
            Assert.Ignore("not root");
        try
        {
            _manager = CgroupManager.Open();
            _manager.CreateTop(_top);
        }
        catch (LinuxException e)
        {
            Assert.Ignore(e.Message);
        }
    }

    [TearDown]
    public void TearDown()
    {
        if (_manager is null)
            return;
        Assert.That(_manager.RemoveTop(), Is.Empty, "left behind");
        Assert.That(Directory.Exists("/sys/fs/cgroup") ? Directory.GetDirectories("/sys/fs/cgroup", _top, SearchOption.AllDirectories) : [], Is.Empty);
        _manager.Dispose();
    }

    [Test]
    public async Task T137_Limits_ReadBackRoundedToPages()
    {
        Require("memory", "cpu", "pids");
        Cgroup cgroup = await Manager.CreateAsync(Name("limits"), new CgroupSettings
        {
            Memory = new MemorySettings { HardLimit = 10_000_000, SoftLimit = 5_000_000 },
            Cpu = new CpuSettings { Shares = 100, Period = 50_000, Quota = 20_000 },
        }, s_defaults);
        try
        {
            CgroupMember memory = Member(cgroup, "memory");
            CgroupMember cpu = Member(cgroup, "cpu");
            bool unified = memory.Hierarchy.IsUnified;
            Assert.That(Text(memory, unified ? "memory.max" : "memory.limit_in_bytes"), Is.EqualTo("9998336"));
            Assert.That(Text(memory, unified ? "memory.low" : "memory.soft_limit_in_bytes"), Is.EqualTo("4997120"));
            Assert.That(Text(cpu, cpu.Hierarchy.IsUnified ? "cpu.weight" : "cpu.shares"), Is.EqualTo(cpu.Hierarchy.IsUnified ? "17" : "100"));
            Assert.That(Text(Member(cgroup, "pids"), "pids.max"), Is.EqualTo("64"));
            Assert.That(cgroup.Warnings, Is.Empty);
        }
        finally
        {
            await cgroup.RemoveAsync();
        }
    }

    [Test]
    public void ValueThatTheKernelCorrects_FailsAndLeavesNothing()
    {
        Require("cpu");
        var settings = new CgroupSettings { Cpu = new CpuSettings { Shares = 1, Quota = 1 } };
        Assert.That(async () => await Manager.CreateAsync(Name("corrected"), settings, s_defaults), Throws.TypeOf<LinuxException>().With.Message.Contains("cpu."));
    }

    [Test]
    public async Task T136_T138_Process_JoinsIsCountedAndDiesWithTheGroup()
    {
        Require("memory", "cpu");
        Cgroup cgroup = await Manager.CreateAsync(Name("joined"), null, s_defaults);
        using Process process = Process.Start(new ProcessStartInfo("/bin/sleep", ["1000"]))!;
        Join(cgroup, process);
        string membership = await File.ReadAllTextAsync($"/proc/{process.Id}/cgroup");
        foreach (CgroupMember member in cgroup.Members)
            Assert.That(Text(member, "cgroup.procs").Split('\n'), Does.Contain(process.Id.ToString(CultureInfo.InvariantCulture)));
        Assert.That(membership, Does.Contain($"/{_top}/joined\n"));

        JsonElement statistics = Statistics(cgroup);
        Assert.That(statistics.GetProperty("cpu").GetProperty("stat").GetString(), Does.Contain("nr_periods").Or.Contain("usage_usec"));
        Assert.That(statistics.GetProperty("memory").GetProperty("memory").GetProperty("limit_in_bytes").GetInt64(), Is.Not.Zero);

        await cgroup.RemoveAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.That(process.ExitCode, Is.EqualTo(128 + 9));
    }

    [Test]
    public async Task MemoryMonitor_TooMuchMemory_IsReported()
    {
        Require("memory");
        Cgroup cgroup = await Manager.CreateAsync(Name("eater"), new CgroupSettings { Memory = new MemorySettings { HardLimit = 10_000_000, OomMonitor = true } }, s_defaults);
        var seen = new TaskCompletionSource<MemoryEvents>(TaskCreationOptions.RunContinuationsAsynchronously);
        cgroup.StartMemoryMonitor(events =>
        {
            if (events.Oom > 0)
                seen.TrySetResult(events);
        });
        using Process eater = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "read go; exec tail /dev/zero"]) { RedirectStandardInput = true })!;
        Join(cgroup, eater);
        await eater.StandardInput.WriteLineAsync();
        Assert.That((await seen.Task.WaitAsync(TimeSpan.FromSeconds(30))).Oom, Is.GreaterThan(0));
        await eater.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.That(eater.ExitCode, Is.EqualTo(128 + 9));
        Assert.That(Statistics(cgroup).GetProperty("memory").GetProperty("memory").GetProperty("max_usage_in_bytes").GetUInt64(), Is.GreaterThan(0));
        await cgroup.RemoveAsync();
    }

    [Test]
    public async Task T131_RealtimePolicy_HasABudget()
    {
        if (!File.Exists("/usr/bin/chrt"))
            Assert.Ignore("no /usr/bin/chrt");
        Cgroup cgroup = await Manager.CreateAsync(Name("fast"), null, s_defaults with { RealtimeBudget = TimeSpan.FromMilliseconds(50) });
        using Process process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "read go; exec chrt -f 11 true"]) { RedirectStandardInput = true })!;
        Join(cgroup, process);
        await process.StandardInput.WriteLineAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.That(process.ExitCode, Is.Zero);
        await cgroup.RemoveAsync();
    }

    [Test]
    public async Task Create_LivingGroupOfADeadRuntime_IsEmptiedFirst()
    {
        Cgroup old = await Manager.CreateAsync(Name("stale"), null, s_defaults);
        using Process process = Process.Start(new ProcessStartInfo("/bin/sleep", ["1000"]))!;
        Join(old, process);
        old.CloseJoinDescriptors();

        using CgroupManager next = CgroupManager.Open();
        next.CreateTop(_top);
        Cgroup cgroup = await next.CreateAsync(Name("stale"), null, s_defaults);
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.That(process.ExitCode, Is.EqualTo(128 + 9));
        Assert.That(Text(cgroup.Members[0], "cgroup.procs"), Is.Empty);
        await cgroup.RemoveAsync();
    }

    /// <summary>All the real-time time above, so that nothing is left while the kernel still counts that of a group which is gone.</summary>
    [Test]
    public async Task TakeOver_GroupWithARealtimeBudget_GivesItBackAtOnce()
    {
        Require("cpu");
        CgroupDefaults defaults = s_defaults with { RealtimeBudget = TimeSpan.FromMilliseconds(50) };
        Cgroup cgroup = await Manager.CreateAsync(Name("fast"), null, defaults);
        string above = Path.GetDirectoryName(cgroup.Members.Single(static m => m.Controllers.Any(static c => c.Name == "cpu")).Directory)!;
        if (!File.Exists(Path.Combine(above, "cpu.rt_runtime_us")))
            Assert.Ignore("the kernel has no real-time budgets");
        for (int i = 0; i < 20; i++)
        {
            cgroup.CloseJoinDescriptors();
            using CgroupManager next = CgroupManager.Open();
            next.CreateTop(_top);
            Assert.That(await next.TakeOverAsync(), Is.Empty);
            Assert.That(await File.ReadAllTextAsync(Path.Combine(above, "cpu.rt_runtime_us")), Is.EqualTo("50000\n"), "room for one group");
            cgroup = await next.CreateAsync(Name("fast"), null, defaults);
        }

        await cgroup.RemoveAsync();
    }

    [Test]
    public async Task Cpuset_AskedFor_ProcessRunsThereOnly()
    {
        Require("cpuset");
        Cgroup cgroup = await Manager.CreateAsync(Name("pinned"), new CgroupSettings { Cpu = new CpuSettings { Cpus = "0" } }, s_defaults);
        using Process process = Process.Start(new ProcessStartInfo("/bin/sleep", ["1000"]))!;
        Join(cgroup, process);
        Assert.That(await File.ReadAllTextAsync($"/proc/{process.Id}/status"), Does.Match(@"Cpus_allowed_list:\s+0\n"));
        await cgroup.RemoveAsync();
    }

    [Test]
    public async Task Unified_ProcessInside_IsKilledByTheKernel()
    {
        string mountinfo = string.Join('\n', (await File.ReadAllLinesAsync("/proc/self/mountinfo")).Where(line => line.Contains(" - cgroup2 ", StringComparison.Ordinal)));
        if (mountinfo.Length == 0)
            Assert.Ignore("no cgroup2 hierarchy is mounted");
        using CgroupManager unified = CgroupManager.Open(mountinfo, new CgroupFileSystem(), TimeProvider.System);
        unified.CreateTop(_top);
        Cgroup cgroup = await unified.CreateAsync(Name("unified"), null, new CgroupDefaults(0, null));
        using Process process = Process.Start(new ProcessStartInfo("/bin/sleep", ["1000"]))!;
        Join(cgroup, process);
        Assert.That(await File.ReadAllTextAsync($"/proc/{process.Id}/cgroup"), Does.Contain($"0::/{_top}/unified\n"));
        await cgroup.RemoveAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.That(process.ExitCode, Is.EqualTo(128 + 9));
        Assert.That(unified.RemoveTop(), Is.Empty);
    }

    [Test]
    public async Task H35_Unified_Process_OpensGrantedDevicesAlone()
    {
        string mountinfo = string.Join('\n', (await File.ReadAllLinesAsync("/proc/self/mountinfo")).Where(line => line.Contains(" - cgroup2 ", StringComparison.Ordinal)));
        if (mountinfo.Length == 0)
            Assert.Ignore("needs a cgroup2 hierarchy, none is mounted");
        using CgroupManager unified = CgroupManager.Open(mountinfo, new CgroupFileSystem(), TimeProvider.System);
        if (!unified.FiltersDevices)
            Assert.Ignore($"needs device filters of cgroup v2: {unified.WhyNoDeviceFilter}");
        unified.CreateTop(_top);
        var defaults = new CgroupDefaults(0, null) { Devices = [new DeviceGrant(DeviceKind.Char, 1, 11, DeviceAccess.Read)] };
        string nodes = Directory.CreateTempSubdirectory("northstar-nodes-").FullName;
        try
        {
            // What a process may do is shown by the shell's redirections: kmsg is granted to be read, the control of loop devices is not, and null is always there.
            foreach ((string name, string major, string minor) in new[] { ("null", "1", "3"), ("kmsg", "1", "11"), ("control", "10", "237") })
                Npk.Support.Tool.Run("mknod", "-m", "666", Path.Combine(nodes, name), "c", major, minor);
            Assert.That(await OpenedAsync(unified, new CgroupDefaults(0, null) { Devices = DeviceGrant.Every }, nodes), Is.EqualTo("null-r null-w kmsg-r kmsg-w control-r"));
            Assert.That(await OpenedAsync(unified, defaults, nodes), Is.EqualTo("null-r null-w kmsg-r"));
        }
        finally
        {
            Directory.Delete(nodes, recursive: true);
        }

        Assert.That(unified.RemoveTop(), Is.Empty);
    }

    /// <summary>Returns which nodes a process in a new group can open, and whether one could be made.</summary>
    private static async Task<string> OpenedAsync(CgroupManager manager, CgroupDefaults defaults, string nodes)
    {
        Cgroup cgroup = await manager.CreateAsync(Name("devices"), null, defaults);
        string script = $$"""
            read go; cd {{nodes}}
            for n in null kmsg control; do
              ( : < $n ) 2>/dev/null && printf '%s-r ' $n
              [ $n = control ] || { ( : >> $n ) 2>/dev/null && printf '%s-w ' $n; }
            done
            mknod -m 666 made c 1 3 2>/dev/null && printf made
            """;
        using Process process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", script]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        Join(cgroup, process);
        await process.StandardInput.WriteLineAsync();
        string opened = (await process.StandardOutput.ReadToEndAsync()).Trim();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        await cgroup.RemoveAsync();
        return opened;
    }

    [Test]
    public async Task CreateAndRemove_ManyTimes_LeavesNothing()
    {
        List<TimeSpan> times = [];
        for (int i = 0; i < 200; i++)
        {
            long start = Stopwatch.GetTimestamp();
            Cgroup cgroup = await Manager.CreateAsync(Name("quick"), null, s_defaults);
            await cgroup.RemoveAsync();
            times.Add(Stopwatch.GetElapsedTime(start));
        }

        times.Sort();
        await TestContext.Out.WriteLineAsync($"{Manager.Description}: create and remove, median {times[100].TotalMicroseconds:F0} us, worst {times[^1].TotalMicroseconds:F0} us");
        Assert.That(times, Has.Count.EqualTo(200));
    }

    private void Require(params string[] controllers)
    {
        foreach (string controller in controllers)
        {
            if (!Manager.Description.Split(' ', ',').Contains(controller))
                Assert.Ignore($"no {controller} controller");
        }
    }

    internal static ContainerName Name(string text) => ContainerName.Parse(text);

    internal static CgroupMember Member(Cgroup cgroup, string controller) => cgroup.Members.First(m => m.Controllers.Any(c => c.Name == controller));

    internal static string Text(CgroupMember member, string file) => File.ReadAllText(Path.Combine(member.Directory, file)).Trim();

    internal static JsonElement Statistics(Cgroup cgroup)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
            cgroup.WriteStatistics(writer);
        return JsonSerializer.Deserialize<JsonElement>(buffer.ToArray());
    }

    internal static unsafe void Join(Cgroup cgroup, Process process)
    {
        byte[] pid = Encoding.ASCII.GetBytes(process.Id.ToString(CultureInfo.InvariantCulture));
        foreach (SafeFd descriptor in cgroup.JoinDescriptors)
        {
            using var fd = new Borrow(descriptor);
            fixed (byte* text = pid)
                Assert.That((int)Sys.write(fd.Fd, text, (nuint)pid.Length), Is.EqualTo(pid.Length));
        }

        foreach (CgroupMember member in cgroup.Members.Where(static m => m.Hierarchy.IsUnified))
            File.WriteAllBytes(Path.Combine(member.Directory, "cgroup.procs"), pid);
    }
}
