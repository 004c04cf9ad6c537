// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Npk.Support;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Theme A12: files that change after they were installed.</summary>
internal sealed class IntegrityTests : RuntimeFixture
{
    private const string Text = "this must never be read changed";

    private static readonly ContainerId s_data = ContainerId.Parse("data:0.0.1");
    private static readonly string[] s_places = ["first block", "data", "tree", "truncated"];

    private string FileInRepository => Path.Combine(RepositoryDirectory, "data:0.0.1.npk");

    [Test]
    public async Task T169_T171_T172_FileChangedAfterTheInstall_IsNotMounted([ValueSource(nameof(s_places))] string place)
    {
        await Client.InstallAsync(Package(), "fs");
        Damage(FileInRepository, place);

        ContainerResult result = await Client.MountAsync(s_data);

        Assert.That(((ApiError.Unexpected)result.Error!).Error, Does.StartWith("mount data:0.0.1: ").And.Contain("data:0.0.1.npk").Or.Contain("fs.img"));
        Assert.That((await Client.InspectAsync(s_data)).Mounted, Is.False);
        Assert.That(LeftOver(), Is.Empty);
        await Client.UninstallAsync(s_data);
        await Client.InstallAsync(Package(), "fs");
        Assert.That(await Client.MountAsync(s_data), Is.EqualTo(new ContainerResult(s_data)));
    }

    [Test]
    public async Task T172_SaltChangedAfterTheInstall_NeverGivesWrongData()
    {
        ContainerId reader = await InstallReaderAsync("fs");
        Damage(FileInRepository, "salt");

        // What was validated when the file was opened is used, not what the file says now.
        await Client.StartAsync(reader);
        await OutputAsync("^" + Text + "$");
        await StopAsync();

        await StartAsync();
        Assert.That((await EventAsync("MountFailed")).Message, Does.Contain("data:0.0.1").And.Contain("fs.img"));
        Assert.That((await Client.InspectAsync(s_data)).Mounted, Is.False);
    }

    [Test]
    public async Task T169_ContainerThatNeedsAChangedResource_IsNotStarted()
    {
        ContainerId reader = await InstallReaderAsync("fs");
        Damage(FileInRepository, "data");

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
        Damage(FileInRepository, place);

        await Client.StartAsync(reader);

        await OutputAsync("^" + Text + "$");
        await StopAsync(reader);
    }

    [Test]
    public async Task T170_ChangedTextInAnUnverifiedRepository_IsRead()
    {
        string path = Package();
        Damage(path, "data");
        ContainerId reader = await InstallReaderAsync("unverified", path);

        await Client.StartAsync(reader);

        await OutputAsync("^uhis must never be read changed$");
        Assert.That((await Client.InspectAsync(s_data)).Integrity, Is.EqualTo("none"));
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
        Damage(FileInRepository, "data");

        await StartAsync();

        Assert.That((await EventAsync("MountFailed")).Message, Does.Contain("data:0.0.1"));
        Assert.That((await Client.InspectAsync(TestResource)).Mounted, Is.True);
        Assert.That((await Client.InspectAsync(s_data)).Mounted, Is.False);
    }

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        options.Repositories["fs"].MountOnStart = true;
        options.Repositories["mem"].UsesUnverifiedResources = true;
        return options;
    }

    /// <summary>Installs the data, and the test container under a name of its own that prints it.</summary>
    private async Task<ContainerId> InstallReaderAsync(string repository, string? package = null)
    {
        await Client.InstallAsync(package ?? Package(), repository);
        return await Client.InstallAsync(
            TestPackages.Pack(
                "name: reader\nversion: 0.0.1\ninit: /test-container\nargs: [cat, /data/text]\nuid: 1000\ngid: 1000\nio: {stdout: pipe, stderr: pipe}\n"
                + "mounts:\n  /data: {type: resource, name: data, version: '*', dir: /, options: ''}\n",
                Path.Combine(HostProbe.SamplesDirectory, "test-container", "root"),
                NewPath("reader.npk")),
            "mem");
    }

    private string Package()
    {
        string root = System.IO.Directory.CreateDirectory(NewPath("data-root")).FullName;
        File.WriteAllText(Path.Combine(root, "text"), Text + "\n" + new string('.', 64 * 1024));
        return TestPackages.Pack("name: data\nversion: 0.0.1\nuid: 1000\ngid: 1000\n", root, NewPath("data.npk"));
    }

    private static void Damage(string path, string place)
    {
        byte[] bytes = File.ReadAllBytes(path);
        using NpkPackage package = NpkPackage.Open(path, new NpkReaderOptions { Keys = [KeyFiles.ReadPublicKey(TestPackages.KeyFile)] });
        long image = package.Image.OffsetBytes;
        long offset = place switch
        {
            "data" => TestPackage.IndexOf(bytes, Text),
            "salt" => image + package.Verity!.SuperblockOffsetBytes + 100,
            "tree" => image + package.Verity!.TreeOffsetBytes + 10,
            _ => image + 40,
        };

        // In place, as a failing disk does it: the runtime has the file open.
        using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite);
        if (place == "truncated")
        {
            file.SetLength(image + 4096);
            return;
        }

        file.Position = offset;
        file.WriteByte((byte)(bytes[offset] ^ 1));
    }

    private static string[] LeftOver() => [.. System.IO.Directory.EnumerateFileSystemEntries("/proc/self/fd")
        .Select(static f => new FileInfo(f).LinkTarget ?? "").Where(static t => t.StartsWith("/memfd:northstar-image", StringComparison.Ordinal) || t.StartsWith("/dev/loop", StringComparison.Ordinal))];
}
