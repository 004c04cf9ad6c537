// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>The runtime's own cgroup: one runtime uses it, and what one that died left in it goes.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class CgroupOwnershipTests : RuntimeFixture
{
    protected override bool StartsAtOnce => false;

    /// <summary>A hierarchy that every runtime uses.</summary>
    private string Top => Path.Combine(System.IO.Directory.Exists("/sys/fs/cgroup/memory") ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup", Cgroup);

    [Test]
    public async Task SecondRuntimeInTheSameCgroup_IsRefusedAndTheFirstGoesOn()
    {
        await StartAsync();
        var second = new RuntimeOptions { RunDirectory = NewPath("run2"), DataDirectory = NewPath("data2"), Cgroup = Cgroup };
        System.IO.Directory.CreateDirectory(second.RunDirectory);
        System.IO.Directory.CreateDirectory(second.DataDirectory);

        RuntimeException? failure = Assert.ThrowsAsync<RuntimeException>(() => NorthstarRuntime.StartAsync(second));

        Assert.That(failure!.Message, Does.StartWith($"start the runtime: use cgroup ").And.Contain(Cgroup).And.Contain("another runtime"));
        Assert.That(System.IO.Directory.EnumerateFileSystemEntries(second.RunDirectory), Is.Empty);
        ContainerId id = await Client.InstallAsync(TestPackages.Program("sleeper", further: "args: [sleep]"), "mem");
        await Client.StartAsync(id);
        await StopAsync();
        await using NorthstarRuntime next = await NorthstarRuntime.StartAsync(second);
    }

    [Test]
    public async Task CgroupsOfARuntimeThatDied_AreRemovedAtTheNextStart()
    {
        System.IO.Directory.CreateDirectory(Path.Combine(Top, "app", "below"));
        System.IO.Directory.CreateDirectory(Path.Combine(Top, "other"));

        await StartAsync();

        Assert.That(System.IO.Directory.EnumerateDirectories(Top), Is.Empty);
    }

    [Test]
    public async Task CgroupWithAProcess_StaysAndIsReported()
    {
        string busy = System.IO.Directory.CreateDirectory(Path.Combine(Top, "busy")).FullName;
        using Process process = Process.Start("sleep", "1000");
        await File.WriteAllTextAsync(Path.Combine(busy, "cgroup.procs"), $"{process.Id}");

        await StartAsync();

        Assert.That((await EventAsync("CgroupLeft")).Message, Does.Contain(busy));
        Assert.That(process.HasExited, Is.False);
        process.Kill();
        await process.WaitForExitAsync();
        Assert.That(() => TryRemove(busy), Is.True.After(5000, 10));
    }

    private static bool TryRemove(string group)
    {
        try
        {
            System.IO.Directory.Delete(group);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
