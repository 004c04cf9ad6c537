// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using Northstar.Api;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Theme A3: how containers end, and what is gone afterwards.</summary>
internal sealed class ExitTests : RuntimeFixture
{
    [Test]
    public async Task T020_Crash_TenTimes_IsExitCode101()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        for (int round = 0; round < 10; round++)
        {
            await StartTestContainerAsync("crash");
            await ExitAsync(TestContainer, new ExitStatus.Exit(101));
        }

        await Client.UninstallAsync(TestContainer);
        await Client.UninstallAsync(TestResource);
    }

    [Test]
    public async Task T023_T028_Sigterm_EndsTheProgramAndNothingOfItIsLeft()
    {
        await InstallPatchedAsync(("io:\n", "console:\n  permissions: [ident]\nio:\n"));
        int before = OpenSockets();
        await StartIdleAsync("sleep");
        Assert.That(Sockets(), Has.Length.EqualTo(4));
        Assert.That(Groups(), Is.Not.Empty);
        Assert.That(OpenSockets(), Is.GreaterThan(before));

        await Client.KillAsync(TestContainer, 15);
        await ExitAsync(TestContainer, new ExitStatus.Signalled(15));

        Assert.That(Groups(), Is.Empty);
        Assert.That(Sockets(), Is.Empty);
        Assert.That(() => OpenSockets() == before, Is.True.After(2000, 20), "the console connection is closed");
    }

    [Test]
    public async Task T027_ChildOfTheProgram_DiesWithIt()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        await StartTestContainerAsync("fork-child");
        await OutputAsync("^child: [0-9]+");
        int init = (int)(await Client.InspectAsync(TestContainer)).Process!.Pid;
        int[] members = Members(init);
        Assert.That(members, Has.Length.EqualTo(3), "init, the program and its child");

        await StopAsync(TestContainer);

        Assert.That(members.Where(static pid => System.IO.Directory.Exists($"/proc/{pid}")), Is.Empty);
    }

    private static int OpenSockets() => System.IO.Directory.EnumerateFileSystemEntries("/proc/self/fd")
        .Count(static f => (new FileInfo(f).LinkTarget ?? "").StartsWith("socket:", StringComparison.Ordinal));

    private string[] Sockets() => System.IO.Directory.GetFileSystemEntries(Path.Combine(Directory, "sockets"));

    private string[] Groups() => System.IO.Directory.GetDirectories("/sys/fs/cgroup", "test-container", SearchOption.AllDirectories)
        .Where(d => d.Contains(Cgroup, StringComparison.Ordinal)).ToArray();

    /// <summary>Returns the processes of the PID namespace of a container.</summary>
    private static int[] Members(int init)
    {
        string? space = new FileInfo($"/proc/{init}/ns/pid").LinkTarget;
        return [.. System.IO.Directory.GetDirectories("/proc").Select(static d => Path.GetFileName(d)!).Where(static n => char.IsAsciiDigit(n[0]))
            .Where(n => new FileInfo($"/proc/{n}/ns/pid").LinkTarget == space).Select(static n => int.Parse(n, CultureInfo.InvariantCulture))];
    }
}
