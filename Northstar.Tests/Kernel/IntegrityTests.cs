// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Theme A12: files that change after they were installed, with sealed memory.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class IntegrityTests : RuntimeFixture
{
    private static readonly ContainerId s_data = ImageDamage.Data;
    private static readonly string[] s_places = ["first block", "data", "tree", "truncated"];

    private CorruptionPolicy _policy = CorruptionPolicy.Stop;

    private string FileInRepository => Path.Combine(RepositoryDirectory, "data:0.0.1.npk");

    [Test]
    public async Task T169_T171_T172_FileChangedAfterTheInstall_IsNotMounted([ValueSource(nameof(s_places))] string place)
    {
        await Client.InstallAsync(Package(), "fs");
        ImageDamage.Apply(FileInRepository, place);

        ContainerResult result = await Client.MountAsync(s_data);

        Assert.That(((ApiError.Unexpected)result.Error!).Error, Does.StartWith("mount data:0.0.1: ").And.Contain("data:0.0.1.npk").Or.Contain("fs.img"));
        Assert.That((await Client.InspectAsync(s_data)).Mounted, Is.False);
        Assert.That(LeftOver(), Is.Empty);
        if (place != "truncated")
        {
            Assert.That((await EventAsync("ImageCorrupted")).Message, Does.Contain("data:0.0.1"));
            Assert.That(((ApiError.Unexpected)(await Client.MountAsync(s_data)).Error!).Error, Does.Contain("data:0.0.1 is quarantined"));
        }

        await Client.UninstallAsync(s_data);
        await Client.InstallAsync(Package(), "fs");
        Assert.That(await Client.MountAsync(s_data), Is.EqualTo(new ContainerResult(s_data)));
    }

    [Test]
    public async Task T172_SaltChangedAfterTheInstall_NeverGivesWrongData()
    {
        ContainerId reader = await InstallReaderAsync("fs");
        ImageDamage.Apply(FileInRepository, "salt");

        // What was validated when the file was opened is used, not what the file says now.
        await Client.StartAsync(reader);
        await OutputAsync("^" + ImageDamage.Text + "$");
        await StopAsync();

        await StartAsync();
        Assert.That((await EventAsync("MountFailed")).Message, Does.Contain("data:0.0.1").And.Contain("fs.img"));
        Assert.That((await Client.InspectAsync(s_data)).Mounted, Is.False);
    }

    [Test]
    public async Task T169_ContainerThatNeedsAChangedResource_IsNotStarted()
    {
        ContainerId reader = await InstallReaderAsync("fs");
        ImageDamage.Apply(FileInRepository, "data");

        ApiException? failure = Assert.ThrowsAsync<ApiException>(() => Client.StartAsync(reader));

        Assert.That(failure!.Message, Does.Contain("data:0.0.1"));
        Assert.That((await Client.InspectAsync(reader)).Process, Is.Null);
    }

    [Test]
    public async Task FileChangedAfterTheMount_IsReadAsItWasVerified([ValueSource(nameof(s_places))] string place)
    {
        ContainerId reader = await InstallReaderAsync("fs");
        Assert.That(await Client.MountAsync(s_data), Is.EqualTo(new ContainerResult(s_data)));
        Assert.That((await Client.InspectAsync(s_data)).Integrity, Is.EqualTo("sealed-memory"));
        ImageDamage.Apply(FileInRepository, place);

        await Client.StartAsync(reader);

        await OutputAsync("^" + ImageDamage.Text + "$");
        await StopAsync(reader);
    }

    [Test]
    public async Task T170_ChangedTextInAnUnverifiedRepository_IsRead()
    {
        string path = Package();
        ImageDamage.Apply(path, "data");
        ContainerId reader = await InstallReaderAsync("unverified", path);

        await Client.StartAsync(reader);

        await OutputAsync("^uhis must never be read changed$");
        Assert.That((await Client.InspectAsync(s_data)).Integrity, Is.EqualTo("none"));
    }

    [Test]
    public async Task H14_Damage_IsNotifiedToClientsWithExtensionsAndOthersSeeNothing()
    {
        using RawConsole extended = await RawConsole.ConnectAsync(Address);
        await extended.ShakeHandsAsync(subscribe: true, extensions: true);
        await Client.InstallAsync(Package(), "fs");
        ImageDamage.Apply(FileInRepository, "data");

        await Client.MountAsync(s_data);

        Assert.That(await extended.ReadAsync(), Is.EqualTo(new Notification.Install(s_data)));
        var corrupted = (Notification.Corrupted)(await extended.ReadAsync())!;
        Assert.That(corrupted.Container, Is.EqualTo(s_data));
        Assert.That(corrupted.Cause, Does.Contain("data block"));
        await Client.UninstallAsync(s_data);
        await NotificationAsync<Notification.Install>();
        await NotificationAsync<Notification.Uninstall>();
        Assert.That(TakeNotifications(), Is.Empty);
    }

    [Test]
    public async Task H14_Report_MountsAgainOnceTheFileIsGood()
    {
        await StopAsync();
        _policy = CorruptionPolicy.Report;
        await StartAsync();
        await Client.InstallAsync(Package(), "fs");
        ImageDamage.Apply(FileInRepository, "data");
        Assert.That((await Client.MountAsync(s_data)).Error, Is.Not.Null);
        await EventAsync("ImageCorrupted");

        ImageDamage.Apply(FileInRepository, "data");

        Assert.That(await Client.MountAsync(s_data), Is.EqualTo(new ContainerResult(s_data)));
    }

    [Test]
    public async Task FileRemovedBehindTheRuntime_StaysUsableAndIsUninstalled()
    {
        await Client.InstallAsync(Package(), "fs");
        File.Delete(FileInRepository);
        Assert.That(await Client.MountAsync(s_data), Is.EqualTo(new ContainerResult(s_data)), "it is held open");

        await Client.UninstallAsync(s_data);

        Assert.That(await Client.ListAsync(), Is.Empty);
    }

    [Test]
    public async Task MountOnStart_FileThatWasChanged_IsReportedAndTheOthersMount()
    {
        await Client.InstallAsync(Package(), "fs");
        await InstallAsync("fs", "test-resource");
        await StopAsync();
        ImageDamage.Apply(FileInRepository, "data");

        await StartAsync();

        Assert.That((await EventAsync("MountFailed")).Message, Does.Contain("data:0.0.1"));
        Assert.That((await Client.InspectAsync(TestResource)).Mounted, Is.True);
        Assert.That((await Client.InspectAsync(s_data)).Mounted, Is.False);
    }

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        options.Integrity = IntegrityMode.SealedMemory;
        options.Repositories["fs"].OnCorruption = _policy;
        options.Repositories["fs"].MountOnStart = true;
        options.Repositories["mem"].UsesUnverifiedResources = true;
        return options;
    }

    /// <summary>Installs the data, and a container that prints it.</summary>
    private async Task<ContainerId> InstallReaderAsync(string repository, string? package = null)
    {
        await Client.InstallAsync(package ?? Package(), repository);

        // What nobody vouches for is no resource of a container of a repository with a key.
        return await Client.InstallAsync(ImageDamage.PackReader(Directory), repository == "unverified" ? repository : "mem");
    }

    private string Package() => ImageDamage.PackData(Directory);

    private static string[] LeftOver() => [.. System.IO.Directory.EnumerateFileSystemEntries("/proc/self/fd")
        .Select(static f => new FileInfo(f).LinkTarget ?? "").Where(static t => t.StartsWith("/memfd:northstar-image", StringComparison.Ordinal) || t.StartsWith("/dev/loop", StringComparison.Ordinal))];
}
