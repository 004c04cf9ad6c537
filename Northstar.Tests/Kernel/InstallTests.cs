// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Theme A7: install and uninstall.</summary>
internal sealed class InstallTests : RuntimeFixture
{
    private static readonly string[] s_samples = ["test-container", "test-resource", "hello-world", "hello-resource", "message-0.0.1", "message-0.0.2", "crashing"];

    private string Data => Path.Combine(DataDirectory, "test-container");

    [Test]
    public async Task T070_InstallAndUninstall_TenTimes()
    {
        for (int round = 0; round < 10; round++)
        {
            await InstallAsync("mem", "test-container");
            Assert.That(await NotificationAsync<Notification.Install>(), Is.EqualTo(new Notification.Install(TestContainer)));
            await Client.UninstallAsync(TestContainer, wipe: true);
            Assert.That(await NotificationAsync<Notification.Uninstall>(), Is.EqualTo(new Notification.Uninstall(TestContainer)));
        }
    }

    [Test]
    public async Task T078_DirectoryRepository_FiveLives()
    {
        await InstallAsync("mem", "test-resource");
        for (int round = 0; round < 5; round++)
        {
            await InstallAsync("fs", "test-container");
            await StartIdleAsync("sleep");
            await StopAsync(TestContainer);
            await EventAsync("ProcessExited");
            await Client.UninstallAsync(TestContainer);
            await NotificationAsync<Notification.Uninstall>();
        }
    }

    [Test]
    public void T079_UninstallOfAnUnknownContainer_IsInvalid()
    {
        ContainerId unknown = ContainerId.Parse("fckptn:0.0.1");
        Assert.That(() => Client.UninstallAsync(unknown), LifecycleTests.ThrowsError(new ApiError.InvalidContainer(unknown)));
    }

    [Test]
    public async Task T080_AllSamples_OneAfterTheOther()
    {
        await InstallAsync("mem", s_samples);
        foreach (ContainerId container in await Client.ListAsync())
        {
            await Client.UninstallAsync(container);
        }

        Assert.That(await Client.ListAsync(), Is.Empty);
    }

    [Test]
    public async Task T081_UninstallOfARunningContainer_IsRefused()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        await StartIdleAsync("sleep");
        Assert.That(() => Client.UninstallAsync(TestContainer), LifecycleTests.ThrowsError(new ApiError.UmountBusy(TestContainer)));
        Assert.That((await Client.InspectAsync(TestContainer)).Process, Is.Not.Null);
        await StopAsync(TestContainer);
    }

    [Test]
    public async Task T082_UninstallOfAMountedContainer_UnmountsIt()
    {
        await InstallAsync("mem", "test-resource");
        await Client.MountAsync(TestResource);
        await Client.UninstallAsync(TestResource);
        Assert.That(await Client.ListAsync(), Is.Empty);
    }

    [Test]
    public async Task T083_DirectoryRepository_KeepsItsFilesOverARestart()
    {
        await InstallAsync("fs", "test-container");
        Assert.That(Files(), Is.EqualTo(new[] { "test-container:0.0.1.npk" }));
        await StopAsync();
        await StartAsync();
        Assert.That(await Client.ListAsync(), Is.EqualTo(new[] { TestContainer }));
        Assert.That((await Client.InspectAsync(TestContainer)).Repository, Is.EqualTo("fs"));
        await Client.UninstallAsync(TestContainer);
        Assert.That(Files(), Is.Empty);
    }

    [Test]
    public async Task T084_Repositories_AreAllNamed() => Assert.That(
        await Client.RepositoriesAsync(),
        Is.EquivalentTo(new[]
        {
            "mem", "fs", "limited_capacity_num_mem", "limited_capacity_num_fs", "limited_capacity_size_mem", "limited_capacity_size_fs", "unverified",
        }));

    [Test]
    public async Task T085_Wipe_RemovesTheData()
    {
        await WriteDataAsync();
        await Client.UninstallAsync(TestContainer);
        Assert.That(File.Exists(Path.Combine(Data, "f")), Is.True);
        await InstallAsync("mem", "test-container");
        await Client.UninstallAsync(TestContainer, wipe: true);
        Assert.That(System.IO.Directory.Exists(Data), Is.False);
        Assert.That((await EventAsync("PersistWiped")).Message, Does.Contain("test-container").And.Contain(Data));
    }

    [Test]
    public async Task T085_WipeWhileAnotherVersionRuns_IsRefusedAndRemovesNothing()
    {
        await WriteDataAsync();
        ContainerId other = await Client.InstallAsync(
            TestPackages.Patched("test-container", NewPath("other.npk"), ("version: 0.0.1\ninit", "version: 0.0.2\ninit")), "mem");
        await Client.StartAsync(other);

        Assert.That(() => Client.UninstallAsync(TestContainer, wipe: true), LifecycleTests.ThrowsError(new ApiError.UmountBusy(other)));

        Assert.That(File.Exists(Path.Combine(Data, "f")), Is.True);
        Assert.That(await Client.ListAsync(), Does.Contain(TestContainer));
        await Client.UninstallAsync(TestContainer);
        Assert.That(File.Exists(Path.Combine(Data, "f")), Is.True);
    }

    [Test]
    public async Task H40_Wipe_OfHostileData_RemovesItsOwnTreeAlone()
    {
        await WriteDataAsync();
        string outside = System.IO.Directory.CreateDirectory(NewPath("outside")).FullName;
        await File.WriteAllTextAsync(Path.Combine(outside, "marker"), "host");
        File.CreateSymbolicLink(Path.Combine(Data, "directory"), outside);
        File.CreateSymbolicLink(Path.Combine(Data, "file"), Path.Combine(outside, "marker"));
        Npk.Support.Tool.Run("ln", Path.Combine(outside, "marker"), Path.Combine(Data, "hard"));
        Npk.Support.Tool.Run("mkfifo", Path.Combine(Data, "fifo"));
        Npk.Support.Tool.Run("python3", "-c", "import os,sys\nos.chdir(sys.argv[1])\nfor i in range(10000):\n    os.mkdir('d'); os.chdir('d')", Data);

        await Client.UninstallAsync(TestContainer, wipe: true);

        Assert.That(System.IO.Directory.Exists(Data), Is.False);
        Assert.That(await File.ReadAllTextAsync(Path.Combine(outside, "marker")), Is.EqualTo("host"));
    }

    [Test]
    public async Task T088_MountOnStart_MountsAll()
    {
        await InstallAsync("fs", "test-container", "test-resource");
        await StopAsync();
        await StartAsync();
        Assert.That((await Client.InspectAsync(TestContainer)).Mounted, Is.True);
        Assert.That((await Client.InspectAsync(TestResource)).Mounted, Is.True);
    }

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        options.Repositories["fs"].MountOnStart = true;
        return options;
    }

    private async Task WriteDataAsync()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        await StartIdleAsync("write", "hello", "/data/f");
        await StopAsync(TestContainer);
    }

    private string[] Files() => [.. System.IO.Directory.GetFileSystemEntries(RepositoryDirectory).Select(static f => Path.GetFileName(f)!)];
}
