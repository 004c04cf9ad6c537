// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using System.Globalization;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>What the runtime has from whoever started it, and containers must not have from the runtime.</summary>
internal sealed class InheritanceTests : ExecutableFixture
{
    [Test]
    public async Task W09_ParentThatIgnoresSignals_AndHasAnotherUmask_MeansNothingInside()
    {
        const ulong Ignored = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 9 | 1 << 13; // HUP, INT, QUIT, USR1, ALRM
        Process runtime = Start(limits: "umask 077; trap '' HUP INT QUIT USR1 ALRM");
        int payload = ProcessTable.Children(await StartContainerAsync()).Single();
        await using NorthstarClient client = await ConnectAsync();
        Assert.That(Bits(runtime.Id, "SigIgn") & 1 << 9, Is.Not.Zero, "the runtime itself has it");

        Assert.That(Bits(payload, "SigIgn") & Ignored, Is.Zero);
        Assert.That(Bits(payload, "SigBlk"), Is.Zero);
        Assert.That(ProcessTable.Status(payload, "Umask"), Is.EqualTo("0022"));

        await client.ShutdownAsync();
        await runtime.WaitForExitAsync().WaitAsync(Limit);
    }

    [Test]
    [Requires(HostFeature.Setpriv)]
    public async Task H51_T097_GroupsOfTheRuntime_AreNotTheContainers()
    {
        Process runtime = Start(limits: "exec setpriv --groups 7,8 \"$0\" --config \"$1\"");
        int init = await StartContainerAsync();
        await using NorthstarClient client = await ConnectAsync();
        Assert.That(ProcessTable.Status(runtime.Id, "Groups"), Is.EqualTo("7 8"));

        foreach (int pid in ProcessTable.Tree(init))
        {
            Assert.That(ProcessTable.Status(pid, "Groups"), Is.Empty, ProcessTable.Status(pid, "Name"));
        }

        await client.ShutdownAsync();
        await runtime.WaitForExitAsync().WaitAsync(Limit);
    }

    [TestCase("sched: {policy: !other {nice: 0}}", true)]
    [TestCase("sched: {policy: !batch {nice: 0}}", true)]
    [TestCase("", false)]
    public async Task T133_NiceOfTheRuntime_IsThatOfAContainerWithoutPolicyAlone(string section, bool isZero)
    {
        Process runtime = Start(limits: "exec nice -n 5 \"$0\" --config \"$1\"");
        await using NorthstarClient client = await ConnectAsync();
        ContainerId id = await client.InstallAsync(TestPackages.Program("nice", further: section), "mem");
        await client.StartAsync(id, null, ["sleep"], new Dictionary<string, string>());
        int payload = ProcessTable.Children((int)(await client.InspectAsync(id)).Process!.Pid).Single();

        Assert.That(NiceOf(runtime.Id), Is.Not.EqualTo("0"));
        Assert.That(NiceOf(payload), Is.EqualTo(isZero ? "0" : NiceOf(runtime.Id)));

        await client.ShutdownAsync();
        await runtime.WaitForExitAsync().WaitAsync(Limit);
    }

    [TestCase("pipe")]
    [TestCase("inherit")]
    public async Task C10_TerminalOfTheRuntime_IsNotTheContainers(string stream)
    {
        string marker = Path.Combine(TestDirectory, "marker");
        await File.WriteAllTextAsync(marker, "host");
        Process terminal = StartInTerminal();
        Task<string> screen = terminal.StandardOutput.ReadToEndAsync();
        await using (NorthstarClient client = await ConnectAsync())
        {
            int runtime = ProcessTable.Children(terminal.Id).Single();
            Assert.That(TerminalOf(runtime), Is.Not.Zero, "the runtime has a terminal");
            ContainerId id = await client.InstallAsync(Package(stream), "mem");
            await client.StartAsync(id, null, ["escape", marker], new Dictionary<string, string>());
            int init = (int)(await client.InspectAsync(id)).Process!.Pid;
            Assert.That(ProcessTable.Tree(init).Select(TerminalOf), Is.All.Zero);

            // It waits once it has tried everything.
            Assert.That(() => ProcessTable.Children(init) is [var payload] && ProcessTable.Status(payload, "State").StartsWith('S'), Is.True.After((int)Limit.TotalMilliseconds, 20));
            await client.ShutdownAsync();
        }

        await terminal.WaitForExitAsync().WaitAsync(Limit);
        Assert.That(await screen, Does.Match(@"escape: 0 of \d{3} attempts worked"));
    }

    private string Package(string stream) => TestPackages.Pack(
        $"name: escape\nversion: 0.0.1\ninit: /test-container\nuid: 1000\ngid: 1000\nio: {{stdout: {stream}, stderr: {stream}}}\ncapabilities: [CAP_SYS_TTY_CONFIG, CAP_SYS_ADMIN, CAP_SYS_CHROOT]\n"
        + "mounts:\n  /dev: {type: dev}\n  /proc: {type: proc}\n  /sys: {type: sysfs}\n  /tmpfs: {type: tmpfs, size: 1M}\n",
        Path.Combine(HostProbe.SamplesDirectory, "test-container", "root"),
        Path.Combine(TestDirectory, "escape.npk"));

    private static ulong Bits(int pid, string field) => ulong.Parse(ProcessTable.Status(pid, field), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static string NiceOf(int pid) => File.ReadAllText($"/proc/{pid}/stat").Split(") ")[^1].Split(' ')[16];

    /// <summary>The device number of the controlling terminal (proc_pid_stat(5), tty_nr); 0 for none.</summary>
    private static int TerminalOf(int pid) =>
        int.Parse(File.ReadAllText($"/proc/{pid}/stat").Split(") ")[^1].Split(' ')[4], CultureInfo.InvariantCulture);
}
