// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime.Linux.Seccomp;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Theme A10: capabilities, limits and scheduling of a program.</summary>
internal sealed class PrivilegeTests : RuntimeFixture
{
    private const string Fifo = "sched:\n  policy: !fifo\n    priority: 11\n";
    private const string Nproc = "  nproc:\n    soft: 10000\n    hard: 20000\n";

    private static readonly string[] s_sets = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"];

    [Test]
    public async Task T120_T122_WithoutCapabilities_EverySetIsEmptyAndNothingIsGained()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        await StartTestContainerAsync("inspect");
        await OutputAsync("^caps bounding: {}$");
        await OutputAsync("^caps effective: {}$");
        await OutputAsync("^caps permitted: {}$");
        Dictionary<string, string> status = await StatusAsync();
        Assert.That(s_sets.Select(s => status[s]), Is.All.EqualTo("0000000000000000"));
        Assert.That(status["NoNewPrivs"], Is.EqualTo("1"));
    }

    [TestCase("CAP_KILL", 0x20UL)]
    [TestCase("CAP_NET_BIND_SERVICE, CAP_KILL, CAP_SYS_NICE", 0x800420UL)]
    public async Task T121_Capabilities_AreInEverySet(string names, ulong mask)
    {
        await InstallPatchedAsync(("io:\n", $"capabilities: [{names}]\nio:\n"));
        await StartIdleAsync("sleep");
        Dictionary<string, string> status = await StatusAsync();
        Assert.That(s_sets.Select(s => status[s]), Is.All.EqualTo(mask.ToString("x16", CultureInfo.InvariantCulture)));
    }

    [Test]
    public async Task T129_Rlimits_BindTheProgramAndNotInit()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        Assert.That(Row(await InspectFromInsideAsync(), "Max processes"), Is.EqualTo(("10000", "20000", "processes")));
        uint init = (await Client.InspectAsync(TestContainer)).Process!.Pid;
        string own = File.ReadLines("/proc/self/limits").Single(static l => l.StartsWith("Max processes", StringComparison.Ordinal));
        Assert.That(File.ReadLines($"/proc/{init}/limits"), Does.Contain(own));
    }

    [Test]
    [Requires(HostFeature.SysResource)]
    public async Task T130_MissingValue_IsUnlimited()
    {
        await InstallPatchedAsync((Nproc, "  core:\n    soft: 0\n"));
        Assert.That(Row(await InspectFromInsideAsync(), "Max core file size"), Is.EqualTo(("0", "unlimited", "bytes")));
    }

    [Test]
    public async Task T130_LimitThatCannotBeSet_FailsTheStartNamingIt()
    {
        // A descriptor limit above fs.nr_open is refused to everyone.
        await InstallPatchedAsync((Nproc, "  nofile:\n    soft: 4294967296\n    hard: 4294967296\n"));
        ApiException? failure = Assert.ThrowsAsync<ApiException>(() => StartTestContainerAsync("sleep"));
        Assert.That(((ApiError.StartContainerFailed)failure!.Error!).Error, Does.Contain("nofile").IgnoreCase.And.Contain("EPERM"));
        Assert.That((await Client.InspectAsync(TestContainer)).Process, Is.Null);
    }

    [TestCase(Fifo, "-1", true)]
    [TestCase(Fifo, null, false)]
    [TestCase("", "-1", false)]
    public async Task H61_RealTimeWithoutThrottling_IsWarnedOf(string section, string? problem, bool warns)
    {
        Runtime.Starter.WhyUnthrottled = () => problem;
        await InstallPatchedAsync((Fifo, section));
        await StartTestContainerAsync("sleep");
        Assert.That(Logs.Records.Any(static r => r.Event == "NoRealtimeThrottling" && r.Message.Contains("test-container:0.0.1", StringComparison.Ordinal)), Is.EqualTo(warns));
    }

    /// <summary>The program has three descriptors and as much memory as it needs; the launch needs more of both.</summary>
    [Test]
    public async Task T130_SmallLimits_DoNotStandInTheWayOfTheLaunch()
    {
        string root = System.IO.Directory.CreateDirectory(NewPath("root")).FullName;
        CCompiler.Compile("gcc", "seccomp/exercise.c", root, "-pthread", "-static");
        const string Limits = "{nofile: {soft: 3, hard: 3}, as: {soft: 8000000, hard: 8000000}, data: {soft: 2000000, hard: 2000000}, stack: {soft: 131072, hard: 131072}, fsize: {soft: 0, hard: 0}}";
        ContainerId id = await Client.InstallAsync(
            TestPackages.Pack($"name: small\nversion: 0.0.1\ninit: /exercise\nuid: 1000\ngid: 1000\nio: {{stdout: pipe, stderr: pipe}}\nrlimits: {Limits}\n", root, NewPath("small.npk")), "mem");

        string number = $"{SyscallTable.For(RuntimeInformation.ProcessArchitecture).Numbers["getuid"]}";
        await Client.StartAsync(id, null, ["call", number, "0"], new Dictionary<string, string>());

        await OutputAsync("^errno: 0$");
        await ExitAsync(id, new ExitStatus.Exit(0));
    }

    [Test]
    public async Task T131_T134_Fifo_HasItsPriorityAndInitKeepsTheDefault()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        await AssertSchedulingAsync(policy: 1, priority: 11, nice: 0);
    }

    [TestCase("sched:\n  policy: idle\n", 5, 0, 0, TestName = "T132_Idle")]
    [TestCase("sched:\n  policy: !other\n    nice: 0\n", 0, 0, 0, TestName = "T133_Other")]
    [TestCase("sched:\n  policy: !other\n    nice: 10\n", 0, 0, 10, TestName = "T135_OtherWithNice10")]
    [TestCase("sched:\n  policy: !other\n    nice: -5\n", 0, 0, -5, TestName = "T135_OtherWithNiceBelow0")]
    [TestCase("sched:\n  policy: !batch\n    nice: 5\n", 3, 0, 5, TestName = "T135_BatchWithNice5")]
    [TestCase("sched:\n  policy: !round_robin\n    priority: 10\n", 2, 10, 0, TestName = "T135_RoundRobin")]
    [TestCase("", 0, 0, 0, TestName = "T135_WithoutPolicy")]
    public async Task Policy_IsThatOfTheManifest(string section, int policy, int priority, int nice)
    {
        await InstallPatchedAsync((Fifo, section));
        await AssertSchedulingAsync(policy, priority, nice);
    }

    private async Task AssertSchedulingAsync(int policy, int priority, int nice)
    {
        JsonElement view = await InspectFromInsideAsync();
        Assert.That(view.GetProperty("sched_getscheduler").GetInt32(), Is.EqualTo(policy));
        Assert.That(view.GetProperty("sched_priority").GetInt32(), Is.EqualTo(priority));
        Assert.That(view.GetProperty("getpriority").GetInt32(), Is.EqualTo(nice));
        uint init = (await Client.InspectAsync(TestContainer)).Process!.Pid;
        string[] stat = (await File.ReadAllTextAsync($"/proc/{init}/stat")).Split(") ")[1].Split(' ');
        Assert.That((stat[16], stat[38]), Is.EqualTo(("0", "0")), "nice and policy of init");
    }

    /// <summary>Reads the status of the program as the host sees it.</summary>
    private async Task<Dictionary<string, string>> StatusAsync()
    {
        uint init = (await Client.InspectAsync(TestContainer)).Process!.Pid;
        string program = (await File.ReadAllTextAsync($"/proc/{init}/task/{init}/children")).Trim();
        return (await File.ReadAllLinesAsync($"/proc/{program}/status")).Select(static l => l.Split(":\t")).Where(static p => p.Length == 2)
            .ToDictionary(static p => p[0], static p => p[1]);
    }

    private static (string? Soft, string? Hard, string? Unit) Row(JsonElement view, string name)
    {
        JsonElement row = view.GetProperty("/proc/self/limits").EnumerateArray().Single(l => l.GetProperty("name").GetString() == name);
        return (row.GetProperty("soft").GetString(), row.GetProperty("hard").GetString(), row.GetProperty("unit").GetString());
    }
}
