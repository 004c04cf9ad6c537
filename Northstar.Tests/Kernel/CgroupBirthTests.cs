// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Containers where cgroup version 2 is used: init is born in its group instead of joining it.</summary>
[Requires(HostFeature.CgroupV2Controllers)]
internal sealed class CgroupBirthTests : WitnessFixture
{
    [Test]
    public void InitAndPayload_AreInTheGroupAndTheLauncherIsNot()
    {
        int payload = ProcessTable.Children(WitnessPid).Single();
        string group = Group(WitnessPid);
        Assert.That(group, Does.EndWith("/witness"));
        Assert.That(Group(payload), Is.EqualTo(group));
        Assert.That(File.ReadAllLines($"/sys/fs/cgroup{group}/cgroup.procs"), Is.EquivalentTo(new[] { $"{WitnessPid}", $"{payload}" }));
        Assert.That(Group(LauncherPid), Does.Not.EndWith("/witness"));
    }

    /// <summary>One that is forked ahead would have to join.</summary>
    [Test]
    public async Task Launcher_KeepsNoSpare()
    {
        // A launcher that keeps spares makes one some milliseconds after a start: there would be one before the next.
        ContainerId subject = await StartProgramAsync(TestPackages.Program("subject"), "sleep");
        for (int i = 0; i < 5; i++)
        {
            Assert.That(ProcessTable.Children(LauncherPid), Is.EquivalentTo(new[] { WitnessPid, await PidAsync(subject) }));
            await StopAsync(subject);
            Assert.That(() => ProcessTable.Children(LauncherPid).SequenceEqual([WitnessPid]), Is.True.After(5_000, 5), "no spare");
            await Client.StartAsync(subject, null, ["sleep"], new Dictionary<string, string>());
            await OutputAsync("^Sleeping");
        }

        await KillAllOfAsync(subject);
    }

    /// <summary>A group that takes no process: the fork fails, and nothing is left of it.</summary>
    [Test]
    public async Task Group_ThatIsFull_FailsTheStartWithItsErrno()
    {
        ContainerId subject = await Client.InstallAsync(TestPackages.Program("subject", further: "custom: {northstar: {pids: 1}}"), "mem");
        Assert.That(() => Client.StartAsync(subject), Throws.TypeOf<ApiException>().With.Message.Contains("EAGAIN"));
        Assert.That(ProcessTable.Children(LauncherPid), Is.EqualTo(new[] { WitnessPid }));
    }

    private static string Group(int pid) => File.ReadAllText($"/proc/{pid}/cgroup").Trim()["0::".Length..];
}
