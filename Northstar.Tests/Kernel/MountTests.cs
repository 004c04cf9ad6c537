// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Theme A4: mount and unmount, and what mounted means.</summary>
internal sealed class MountTests : RuntimeFixture
{
    [Test]
    public async Task T030_MountAllUnmountAll()
    {
        await InstallAsync("mem", "test-container", "test-resource", "hello-world", "hello-resource", "message-0.0.1", "message-0.0.2", "crashing", "console");
        for (int i = 0; i < 8; i++)
        {
            await Client.InstallAsync(TestPackages.Program($"further-{i}"), "mem");
        }

        IReadOnlyList<ContainerId> all = await Client.ListAsync();
        Assert.That(all, Has.Count.EqualTo(16));

        IReadOnlyList<ContainerResult> mounted = await Client.MountAsync(all);
        IReadOnlyList<ContainerResult> unmounted = await Client.UmountAsync(all);

        Assert.That(mounted, Is.EqualTo(all.Select(static c => new ContainerResult(c))));
        Assert.That(unmounted, Is.EqualTo(all.Select(static c => new ContainerResult(c))));
    }

    [Test]
    public async Task T031_T032_UnknownContainer_FailsAlone()
    {
        await InstallAsync("mem", "test-resource");
        ContainerId unknown = ContainerId.Parse("foo:0.0.1");

        IReadOnlyList<ContainerResult> results = await Client.MountAsync([TestResource, unknown]);

        Assert.That(results, Is.EqualTo(new[] { new ContainerResult(TestResource), new ContainerResult(unknown, new ApiError.InvalidContainer(unknown)) }));
    }

    [Test]
    public async Task T033_ResourceInUse_IsBusyNamingItsUser()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        await StartIdleAsync("sleep");
        Assert.That(await Client.UmountAsync(TestResource), Is.EqualTo(new ContainerResult(TestResource, new ApiError.UmountBusy(TestContainer))));

        await StopAsync(TestContainer);
        Assert.That(await Client.UmountAsync(TestResource), Is.EqualTo(new ContainerResult(TestResource)));
    }

    [Test]
    public async Task T034_T035_T036_WrongState_IsRefused()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        Assert.That(await Client.UmountAsync(TestResource), Is.EqualTo(new ContainerResult(TestResource, new ApiError.UmountBusy(TestResource))));
        Assert.That(await Client.MountAsync(TestResource), Is.EqualTo(new ContainerResult(TestResource)));
        Assert.That(await Client.MountAsync(TestResource), Is.EqualTo(new ContainerResult(TestResource, new ApiError.InvalidContainer(TestResource))));
        await StartIdleAsync("sleep");
        Assert.That(await Client.UmountAsync(TestContainer), Is.EqualTo(new ContainerResult(TestContainer, new ApiError.UmountBusy(TestContainer))));
        Assert.That((await Client.InspectAsync(TestContainer)).Process, Is.Not.Null);
    }

    [Test]
    public async Task T037_Mounted_IsADetachedMountOfAReadOnlyLoopDevice()
    {
        await InstallAsync("mem", "test-resource");
        HashSet<string> before = LoopDevices();
        string mounts = await File.ReadAllTextAsync("/proc/self/mountinfo");

        await Client.MountAsync(TestResource);

        string device = LoopDevices().Except(before).Single();
        Assert.That((await File.ReadAllTextAsync($"/sys/block/{device}/ro")).Trim(), Is.EqualTo("1"));
        Assert.That(await File.ReadAllTextAsync("/proc/self/mountinfo"), Is.EqualTo(mounts));
        Assert.That(System.IO.Directory.EnumerateFileSystemEntries(RunDirectory), Is.Empty);
        await Client.UmountAsync(TestResource);
        Assert.That(LoopDevices, Is.EquivalentTo(before).After(2000, 20));
    }

    private static HashSet<string> LoopDevices() =>
        [.. System.IO.Directory.EnumerateDirectories("/sys/block", "loop*").Where(static d => File.Exists(Path.Combine(d, "loop", "backing_file"))).Select(static d => Path.GetFileName(d)!)];
}
