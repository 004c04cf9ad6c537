// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Programs that are broken or hostile: each stays in its container, can be killed, and leaves nothing; another container does not notice.</summary>
internal sealed class MisbehavingPayloadTests : WitnessFixture
{
    private const uint Pids = 64;

    [Test]
    [Requires(HostFeature.PidsCgroup)]
    public async Task H55_ForkBomb_StopsAtTheLimitAndIsKilled()
    {
        ContainerId id = await StartProgramAsync(TestPackages.Program("bomb"), "fork-bomb");
        await OutputAsync("^the limit is met");

        Assert.That(CgroupFile(id, "pids", "pids.max"), Is.EqualTo($"{Pids}"));
        Assert.That(int.Parse(CgroupFile(id, "pids", "pids.current"), CultureInfo.InvariantCulture), Is.LessThanOrEqualTo(Pids));
        await AssertWitnessRunsAsync();
        await KillAllOfAsync(id);
    }

    [Test]
    [Requires(HostFeature.MemoryCgroup)]
    public async Task MemoryEater_IsKilledByTheKernelAndReported()
    {
        ContainerId id = await StartProgramAsync(
            TestPackages.Program("eater", further: "cgroups: {memory: {memory_hard_limit: 30000000, oom_monitor: true}}"), "eat-memory");
        Assert.That((await NotificationAsync<Notification.CGroup>()).Container, Is.EqualTo(id));
        await ExitAsync(id, new ExitStatus.Signalled(9));
    }

    [Test]
    public async Task FullTmpfs_IsFullInsideAlone()
    {
        ContainerId id = await StartProgramAsync(TestPackages.Program("filler", "  /tmp: {type: tmpfs, size: 4194304}"), "fill", "/tmp/file");
        await OutputAsync("^filled 4194304: .*[Nn]o space left");
        await KillAllOfAsync(id);
    }

    [Test]
    public async Task H75_Flood_HoldsNobodyUp()
    {
        ContainerId id = await StartProgramAsync(TestPackages.Program("flooder"), "flood", "64");
        for (int i = 0; i < 20; i++)
        {
            await AssertWitnessRunsAsync();
        }

        await OutputAsync("^flooded", TimeSpan.FromMinutes(1)); // an emulated processor takes its time for 64 MB
        await KillAllOfAsync(id);
    }

    [Test]
    public async Task IgnoredSignals_AreNoRefuge()
    {
        ContainerId id = await StartProgramAsync(TestPackages.Program("stubborn"), "ignore-signals");
        await OutputAsync("^Sleeping");
        await Client.KillAsync(id, 15);
        Assert.That(await PidAsync(id), Is.Not.Zero);
        int[] processes = ProcessTable.Tree(await PidAsync(id));

        await Runtime.StopAsync().WaitAsync(Limit);

        Assert.That(processes.Where(ProcessTable.Exists), Is.Empty);
        ForgetWitness();
    }

    [Test]
    public async Task H55_DaemonisedChild_EndsWithTheContainer()
    {
        ContainerId id = await StartProgramAsync(TestPackages.Program("parent"), "daemon");
        await OutputAsync("^daemon left");
        int[] processes = ProcessTable.Tree(await PidAsync(id));
        Assert.That(processes, Has.Length.EqualTo(3), "init, payload, daemon");

        await StopAsync(id);

        Assert.That(processes.Where(ProcessTable.Exists), Is.Empty);
    }

    [Test]
    public async Task H50_W27_Orphans_AreReaped()
    {
        ContainerId id = await StartProgramAsync(TestPackages.Program("breeder"), "orphans", "1000");
        await OutputAsync("^orphans: 1000");
        int init = await PidAsync(id);
        Assert.That(() => ProcessTable.Children(init) is [_], Is.True.After(5000, 10), "the payload alone");
        await KillAllOfAsync(id);
    }

    [Test]
    public async Task H50_KillOfEverything_DoesNotEndInit()
    {
        ContainerId id = await StartProgramAsync(TestPackages.Program("killer"), "kill-all");
        await OutputAsync("^child killed, init alive");
        await StopAsync(id);
    }

    [Test]
    public async Task DeepTree_EndsAsAWhole()
    {
        ContainerId id = await StartProgramAsync(TestPackages.Program("tree"), "tree", "50");
        await OutputAsync("^depth: 50");
        Assert.That(ProcessTable.Tree(await PidAsync(id)), Has.Length.EqualTo(52));
        await KillAllOfAsync(id);
    }

    [Test]
    public async Task ClosedStreams_ChangeNothing()
    {
        ContainerId id = await StartProgramAsync(TestPackages.Program("silent"), "close-streams");
        await OutputAsync("^closing");
        await AssertWitnessRunsAsync();
        await StopAsync(id);
    }

    [Test]
    public async Task H75_W33_Garbage_IsEscapedAndForwardingGoesOn()
    {
        ContainerId id = await StartProgramAsync(TestPackages.Program("garbage"), "garbage");
        Assert.That((await OutputAsync("\uFFFD")).Message, Does.EndWith("(").And.Contain("\uFFFD\uFFFD"));
        Assert.That((await OutputAsync("title")).Message, Does.EndWith(@"\u001b]0;title\u0007\u001b[2J\u009b31mred"));
        LogCapture.Record forged = await OutputAsync("forged");
        Assert.That(forged.Message, Does.Contain(@"fake\u0000 ").And.Not.Contain("\u2028"));
        await OutputAsync("^Sleeping");
        await StopAsync(id);
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(15)]
    public async Task W09_Signal_HasItsUsualEffect(int signal)
    {
        ContainerId id = await StartProgramAsync(TestPackages.Program("plain"), "sleep");
        await OutputAsync("^Sleeping");
        await Client.KillAsync(id, signal);
        await ExitAsync(id, new ExitStatus.Signalled((uint)signal));
    }

    [Test]
    public async Task W28_PayloadInASessionOfItsOwn_GetsTheSignal()
    {
        ContainerId id = await StartProgramAsync(TestPackages.Program("loner"), "setsid");
        await OutputAsync("^session: 2");
        await OutputAsync("^Sleeping");
        await StopAsync(id);
    }

    [Test]
    public async Task H61_RealTimeSpinner_LetsTheRuntimeWork()
    {
        ContainerId id = await StartProgramAsync(TestPackages.Program("spinner", further: "sched:\n  policy: !fifo\n    priority: 99"), "spin");
        await OutputAsync("^spinning");
        for (int i = 0; i < 20; i++)
        {
            await AssertWitnessRunsAsync();
        }

        await KillAllOfAsync(id);
    }

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        options.DefaultPids = Pids;
        return options;
    }

    /// <summary>Reads a file of a container's cgroup, of version 1 or 2.</summary>
    private string CgroupFile(ContainerId container, string controller, string file)
    {
        string[] places = [$"/sys/fs/cgroup/{controller}/{Cgroup}/{container.Name}/{file}", $"/sys/fs/cgroup/{Cgroup}/{container.Name}/{file}"];
        return File.ReadAllText(places.First(File.Exists)).Trim();
    }
}
