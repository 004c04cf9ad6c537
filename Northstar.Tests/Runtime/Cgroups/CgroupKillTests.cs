// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using Northstar.Runtime.Linux.Cgroups;
using Northstar.Tests.Support;

namespace Northstar.Tests.Runtime.Cgroups;

/// <summary>Killing a group that the kernel cannot kill at once, as those of version 1.</summary>
internal sealed class CgroupKillTests
{
    private const int Limit = 20_000;

    private readonly List<Process> _processes = [];

    [TearDown]
    public void TearDown()
    {
        ProcessTable.End(_processes);
    }

    /// <summary>More than are held at a time.</summary>
    [Test]
    public async Task H63_EveryProcessOfTheGroup_IsKilledAndNoOther()
    {
        using var fixture = new CgroupFixture(1);
        fixture.Manager.CreateTop("top");
        Cgroup cgroup = await fixture.CreateAsync();
        Process[] inside = [.. Enumerable.Range(0, 40).Select(_ => Sleep())];
        Process outside = Sleep();
        await File.WriteAllLinesAsync(Procs(fixture), inside.Select(static p => $"{p.Id}").Prepend("0").Append("2147483647"));

        cgroup.Kill();

        foreach (Process process in inside)
        {
            Assert.That(process.WaitForExit(Limit), Is.True);
        }

        Assert.That(outside.HasExited, Is.False);
    }

    [Test]
    public async Task H63_NumberThatIsSomebodyElsesMeanwhile_IsLeftAlone()
    {
        using var fixture = new CgroupFixture(1);
        fixture.Manager.CreateTop("top");
        await fixture.CreateAsync();
        Process other = Sleep(), inside = Sleep();
        string file = Procs(fixture);
        await File.WriteAllLinesAsync(file, [$"{other.Id}", $"{inside.Id}"]);

        // At the second look the process is no member any more.
        fixture.OnRead = () => fixture.OnRead = () => File.WriteAllLines(file, [$"{inside.Id}"]);
        new CgroupRemoval(fixture, TimeProvider.System).Kill(Path.GetDirectoryName(file)!);

        Assert.That(inside.WaitForExit(Limit), Is.True);
        Assert.That(other.HasExited, Is.False);
    }

    private static string Procs(CgroupFixture fixture) => Path.Combine(fixture.Group("memory", "top/test-container"), "cgroup.procs");

    private Process Sleep()
    {
        Process process = Process.Start("sleep", "1000");
        _processes.Add(process);
        return process;
    }
}
