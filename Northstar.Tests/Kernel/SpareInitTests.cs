// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime.Interop;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>The inits that the launcher keeps ready: the next launch takes one, and none makes a launch worse.</summary>
[Requires(HostFeature.SpareInits)]
internal sealed class SpareInitTests : WitnessFixture
{
    private const string HostNetwork = "network: host";

    [Test]
    public async Task Start_WithASpare_TakesItAndAnotherIsMade()
    {
        int spare = Spare();
        ContainerId id = await StartProgramAsync(TestPackages.Program("subject"), "sleep");
        Assert.That(await PidAsync(id), Is.EqualTo(spare));
        Assert.That(Spare(), Is.Not.EqualTo(spare));
        await KillAllOfAsync(id);
    }

    [Test]
    public async Task Start_WithoutASpareOfItsKind_ForksAndOneIsMade()
    {
        int spare = Spare();
        string package = TestPackages.Program("subject", further: HostNetwork);
        ContainerId id = await StartProgramAsync(package, "sleep");
        Assert.That(await PidAsync(id), Is.Not.EqualTo(spare));
        Spare(2);
        Assert.That(ProcessTable.Spares(LauncherPid), Does.Contain(spare));
        await KillAllOfAsync(id);

        int[] spares = ProcessTable.Spares(LauncherPid);
        await Client.StartAsync(id, null, ["sleep"], new Dictionary<string, string>());
        int init = await PidAsync(id);
        Assert.That(spares, Does.Contain(init));
        int payload = ProcessTable.Children(init).Single();
        Assert.That(new[] { Network(init), Network(payload) }, Is.All.EqualTo(Network(Environment.ProcessId)));
        await KillAllOfAsync(id);
    }

    [Test]
    public async Task Container_OnASpare_HasOneNetworkForInitAndPayloadAndNobodyElse()
    {
        ContainerId id = await StartProgramAsync(TestPackages.Program("subject"), "sleep");
        int init = await PidAsync(id);
        string[] networks = [Network(init), Network(WitnessPid), Network(Spare()), Network(Environment.ProcessId)];
        Assert.That(networks, Is.Unique);
        Assert.That(Network(ProcessTable.Children(init).Single()), Is.EqualTo(networks[0]));
        await KillAllOfAsync(id);
    }

    [Test]
    public async Task Spare_Killed_IsReplacedByTheNextStart()
    {
        int spare = Spare();
        Assert.That(Sys.kill(spare, Sys.SIGKILL), Is.Zero);
        Assert.That(() => ProcessTable.Exists(spare), Is.False.After((int)Limit.TotalMilliseconds, 1), "collected");
        ContainerId id = await StartProgramAsync(TestPackages.Program("subject"), "sleep");
        await KillAllOfAsync(id);
        Spare();
    }

    [Test]
    public async Task Spare_WhosePayloadWasKilled_FailsOneStartAtMost()
    {
        int payload = ProcessTable.Children(Spare()).Single();
        Assert.That(Sys.kill(payload, Sys.SIGKILL), Is.Zero);
        ContainerId id = await Client.InstallAsync(TestPackages.Program("subject"), "mem");
        try
        {
            await Client.StartAsync(id, null, ["sleep"], new Dictionary<string, string>());
        }
        catch (ApiException e)
        {
            Assert.That(e.Error, Is.TypeOf<ApiError.StartContainerFailed>());
            await Client.StartAsync(id, null, ["sleep"], new Dictionary<string, string>());
        }

        await KillAllOfAsync(id);
    }

    [Test]
    public void Spare_HoldsNothingOfLauncherOrContainers()
    {
        int spare = Spare();
        string[] launcher = Sockets(LauncherPid), witness = Sockets(WitnessPid);
        Assert.That((launcher, witness), Is.Not.EqualTo(((string[])[], (string[])[])));
        foreach (int process in ProcessTable.Tree(spare))
        {
            Assert.That(Sockets(process), Has.Length.EqualTo(1), "what it waits on");
            Assert.That(Sockets(process), Is.Not.SubsetOf(launcher.Concat(witness)));
            Assert.That(File.ReadAllText($"/proc/{process}/cgroup"), Is.EqualTo(File.ReadAllText($"/proc/{LauncherPid}/cgroup")));
        }
    }

    [Test]
    public async Task Launcher_Killed_TakesItsSpare()
    {
        int[] spare = ProcessTable.Tree(Spare());
        Assert.That(spare, Has.Length.EqualTo(2));
        Assert.That(Sys.kill(LauncherPid, Sys.SIGKILL), Is.Zero);
        await ExitAsync(Witness, new ExitStatus.Signalled(9));
        ForgetWitness();
        Assert.That(() => spare.Any(ProcessTable.Exists), Is.False.After((int)Limit.TotalMilliseconds, 1));
    }

    /// <summary>A plan of this size travels in a memfd, which init and payload both read.</summary>
    [Test]
    public async Task Start_WithALargePlanOnASpare_PassesAllOfIt()
    {
        int spare = Spare();
        string large = new('x', 100_000);
        ContainerId id = await StartProgramAsync(TestPackages.Program("subject"), "print", large);
        Assert.That(await PidAsync(id), Is.EqualTo(spare));
        int payload = ProcessTable.Children(spare).Single();

        // The kernel shows it a moment after the program has begun.
        string[] expected = ["/test-container", "print", large, ""];
        Assert.That(
            () => ProcessTable.CommandLine(payload).Split('\0').SequenceEqual(expected), Is.True.After((int)Limit.TotalMilliseconds, 5));
        await KillAllOfAsync(id);
    }

    private static string Network(int pid) => new FileInfo($"/proc/{pid}/ns/net").LinkTarget!;

    private static string[] Sockets(int pid) =>
        [.. System.IO.Directory.GetFileSystemEntries($"/proc/{pid}/fd").Select(static f => new FileInfo(f).LinkTarget ?? "").Where(static t => t.StartsWith("socket:", StringComparison.Ordinal))];
}
