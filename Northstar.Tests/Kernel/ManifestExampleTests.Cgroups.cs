// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Tests.Npk.Support;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>The examples of cgroups, read in the files of the group.</summary>
internal sealed partial class ManifestExampleTests
{
    private string _group = "";

    private async Task RunInGroupAsync(string parent = "")
    {
        _group = $"/{(parent.Length > 0 ? parent : Cgroup)}/example";
        if (HostProbe.WhyMissing(HostFeature.MemoryCgroup) is { } reason)
            Assert.Ignore(reason);
        await RunAsync("sleep");
        await OutputAsync("^Sleeping");
    }

    /// <summary>Reads a file of the group, of the first of two names that this machine has; null without one.</summary>
    private string? GroupFile(params string[] names)
    {
        string? file = System.IO.Directory.GetDirectories("/sys/fs/cgroup", "example", SearchOption.AllDirectories)
            .Where(d => d.EndsWith(_group, StringComparison.Ordinal)).SelectMany(d => names.Select(n => Path.Combine(d, n))).FirstOrDefault(File.Exists);
        return file is null ? null : File.ReadAllText(file).Trim();
    }

    private async Task MemoryIsLimitedAsync()
    {
        await RunInGroupAsync();
        Assert.That(GroupFile("memory.limit_in_bytes", "memory.max"), Is.EqualTo("49999872"), "whole pages");
        Assert.That(GroupFile("memory.soft_limit_in_bytes", "memory.low"), Is.EqualTo("24997888"));
        JsonElement memory = (await Client.InspectAsync(s_id)).Process!.Statistics.ToJson().GetProperty("memory").GetProperty("memory");
        Assert.That(memory.GetProperty("limit_in_bytes").GetInt64(), Is.EqualTo(49999872));
    }

    private async Task CpuIsLimitedAsync()
    {
        await RunInGroupAsync();
        bool unified = GroupFile("cpu.shares") is null;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(GroupFile("cpu.shares", "cpu.weight"), Is.EqualTo(unified ? "59" : "512"));
            Assert.That(unified ? GroupFile("cpu.max") : $"{GroupFile("cpu.cfs_quota_us")} {GroupFile("cpu.cfs_period_us")}", Is.EqualTo("50000 100000"));
            Assert.That(GroupFile("cpuset.cpus"), Is.EqualTo("0"));
            Assert.That(GroupFile("cpuset.mems"), Is.EqualTo("0"));
            Assert.That(await File.ReadAllTextAsync($"/proc/{await InitAsync()}/status"), Does.Match(@"Cpus_allowed_list:\s+0\n"));
        }
    }

    private async Task BlockIoIsThrottledAsync()
    {
        // The example throttles /dev/loop0: the image of the container itself must be on another one.
        string file = NewPath("scratch");
        await File.WriteAllBytesAsync(file, new byte[1 << 20]);
        bool attached = Tool.Run("losetup", "/dev/loop0", file).ExitCode == 0;
        try
        {
            await AssertThrottledAsync();
        }
        finally
        {
            if (attached)
                Tool.Run("losetup", "--detach", "/dev/loop0");
        }
    }

    private async Task AssertThrottledAsync()
    {
        await RunInGroupAsync();
        string? reads = GroupFile("blkio.throttle.read_bps_device", "io.max");
        string? writes = GroupFile("blkio.throttle.write_iops_device", "io.max");
        if (reads is null || writes is null)
        {
            Assert.That((await EventAsync("CgroupSetting")).Message, Does.Contain("blkio").Or.Contain("io.max"));
            Assert.Ignore("the kernel cannot throttle block I/O: the container runs and a warning says so");
        }

        Assert.That(reads, Does.StartWith("7:0 1048576").Or.Contain("7:0 rbps=1048576"));
        Assert.That(writes, Does.StartWith("7:0 100").Or.Contain("wiops=100"));
    }

    private async Task GroupIsBelowTheParentAsync()
    {
        await RunInGroupAsync("background");
        Assert.That(await File.ReadAllLinesAsync($"/proc/{await InitAsync()}/cgroup"), Has.Some.EndsWith(":/background/example"));
        await StopAsync(s_id);
        Assert.That(System.IO.Directory.GetDirectories("/sys/fs/cgroup", "example", SearchOption.AllDirectories).Where(d => d.EndsWith(_group, StringComparison.Ordinal)), Is.Empty);
    }

    private async Task AttributesAreWrittenAsync()
    {
        await RunInGroupAsync();
        Assert.That(GroupFile("memory.swappiness") ?? "10", Is.EqualTo("10"));
        Assert.That(GroupFile("memory.high") ?? "19996672", Is.EqualTo("19996672"), "whole pages");
        Assert.That(GroupFile("memory.swappiness", "memory.high"), Is.Not.Null);
    }

    private async Task ExtensionsAreInForceAsync()
    {
        await RunInGroupAsync();
        if (GroupFile("pids.max") is { } pids)
            Assert.That(pids, Is.EqualTo("64"));
        else
            Assert.Ignore("no pids controller");
        if (GroupFile("devices.list") is { } devices)
            Assert.That(devices.Split('\n'), Does.Contain("c 5:2 rw").And.Contain("c 13:* r"));
        await StopAsync(s_id);
        Assert.That(Targets(await ViewAsync()), Does.Contain("/lib"));
    }
}
