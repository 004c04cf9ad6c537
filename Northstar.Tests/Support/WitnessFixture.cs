// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;

namespace Northstar.Tests.Support;

/// <summary>A runtime with a container that does nothing. Whatever a test does to others, at its end that one must run undisturbed.</summary>
internal abstract class WitnessFixture : RuntimeFixture
{
    private static readonly ContainerId s_witness = ContainerId.Parse("witness:0.0.1");

    /// <summary>Gets the witness.</summary>
    protected static ContainerId Witness => s_witness;

    /// <summary>Gets the host pid of the witness's init, 0 when the test has ended it.</summary>
    protected int WitnessPid { get; private set; }

    /// <summary>Gets a value indicating whether the launcher is ours, and keeps inits ready.</summary>
    protected virtual bool LauncherKeepsSpares => HostProbe.WhyMissing(HostFeature.SpareInits) is null;

    /// <summary>Gets the host pid of the launcher.</summary>
    protected int LauncherPid => ProcessTable.Parent(WitnessPid);

    [SetUp]
    public async Task InstallWitnessAsync()
    {
        await Client.InstallAsync(TestPackages.Program("witness"), "mem");
        await StartWitnessAsync();
    }

    [TearDown]
    public async Task CheckWitnessAsync()
    {
        if (WitnessPid != 0)
        {
            await AssertWitnessRunsAsync();
        }
    }

    /// <summary>Starts the witness and takes its notification. A spare init is there then: what starts next in a network of its own takes that.</summary>
    protected async Task StartWitnessAsync()
    {
        await Client.StartAsync(s_witness);
        WitnessPid = await PidAsync(s_witness);
        await NotificationAsync<Notification.Started>();
        if (LauncherKeepsSpares)
        {
            Spare();
        }
    }

    /// <summary>Waits until the launcher keeps an init ready. Returns its host pid.</summary>
    /// <param name="count">How many: one of each kind that was launched.</param>
    protected int Spare(int count = 1)
    {
        Assert.That(() => ProcessTable.Spares(LauncherPid).Length == count, Is.True.After((int)Limit.TotalMilliseconds, 1), $"{count} spare inits");
        return ProcessTable.Spares(LauncherPid)[0];
    }

    /// <summary>Checks that the witness is the process it was, and that requests are answered.</summary>
    protected async Task AssertWitnessRunsAsync() => Assert.That(await PidAsync(s_witness), Is.EqualTo(WitnessPid), "the witness runs undisturbed");

    /// <summary>Says that the witness has ended, which the test knows.</summary>
    protected void ForgetWitness() => WitnessPid = 0;

    /// <summary>Returns the host pid of a container's init.</summary>
    protected async Task<int> PidAsync(ContainerId container) => (int)((await Client.InspectAsync(container)).Process?.Pid ?? 0);

    /// <summary>Installs a container of <see cref="TestPackages.Program"/> and starts it.</summary>
    protected async Task<ContainerId> StartProgramAsync(string package, params string[] arguments)
    {
        ContainerId id = await Client.InstallAsync(package, "mem");
        await Client.StartAsync(id, null, arguments, new Dictionary<string, string>());
        await NotificationAsync<Notification.Started>();
        return id;
    }

    /// <summary>Kills a container and waits for its end and that of every process below it.</summary>
    protected async Task KillAllOfAsync(ContainerId container)
    {
        int[] processes = ProcessTable.Tree(await PidAsync(container));
        await Client.KillAsync(container, 9);
        await ExitAsync(container, new ExitStatus.Signalled(9));
        Assert.That(processes.Where(ProcessTable.Exists), Is.Empty, "processes left");
    }
}
