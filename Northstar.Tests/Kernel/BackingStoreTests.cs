// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Security.Cryptography;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Npk.Support;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>What is below a mounted image goes away while it is in use. Containers may fail; the runtime and the others go on.</summary>
internal sealed class BackingStoreTests : RuntimeFixture
{
    private const string Repository = "plain";
    private const int Size = 8 << 20;

    private string FileInRepository => Path.Combine(_repository, "data:0.0.1.npk");

    private string _repository = "";

    [Test]
    public async Task PackageTruncatedWhileMounted_ReadsFailAndOthersGoOn()
    {
        ContainerId reader = await InstallAsync();
        await InstallAsync("mem", "test-container", "test-resource");
        await Client.MountAsync(ContainerId.Parse("data:0.0.1"));

        // The tables at its end were read by the mount, the data before them was not.
        using (var file = new FileStream(FileInRepository, FileMode.Open, FileAccess.Write))
        {
            file.SetLength(8192);
        }

        await Client.StartAsync(reader);
        await ExitAsync(reader, new ExitStatus.Exit(1));
        await StartIdleAsync();
        await StopAsync(TestContainer);
        await Client.UninstallAsync(reader);
        await Client.UninstallAsync(ContainerId.Parse("data:0.0.1"));
        Assert.That(File.Exists(FileInRepository), Is.False);
    }

    [Test]
    public async Task LoopDeviceDetachedWhileMounted_StaysUntilTheUnmount()
    {
        ContainerId reader = await InstallAsync();
        await Client.MountAsync(ContainerId.Parse("data:0.0.1"));
        string device = System.IO.Directory.EnumerateDirectories("/sys/block", "loop*")
            .Single(d => File.Exists($"{d}/loop/backing_file") && File.ReadAllText($"{d}/loop/backing_file").Contains(FileInRepository, StringComparison.Ordinal));

        Assert.That(Tool.Run("losetup", "--detach", $"/dev/{Path.GetFileName(device)}").ExitCode, Is.Zero);

        await Client.StartAsync(reader);
        await OutputAsync($"^read /data/text: {Size} bytes");
        await StopAsync(reader);
        await Client.UmountAsync(ContainerId.Parse("data:0.0.1"));
        Assert.That(() => File.Exists($"{device}/loop/backing_file"), Is.False.After(5000, 10));
        Assert.That(await Client.MountAsync(ContainerId.Parse("data:0.0.1")), Is.EqualTo(new ContainerResult(ContainerId.Parse("data:0.0.1"))));
    }

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        _repository = System.IO.Directory.CreateDirectory(NewPath("plain")).FullName;
        options.Repositories[Repository] = new RepositoryOptions { Kind = RepositoryKind.Directory, Directory = _repository };
        return options;
    }

    /// <summary>Installs a package of random data, which no cache has after a mount, into the repository without a key; and a container that reads all of it.</summary>
    private async Task<ContainerId> InstallAsync()
    {
        string root = System.IO.Directory.CreateDirectory(NewPath("data-root")).FullName;
        await File.WriteAllBytesAsync(Path.Combine(root, "text"), RandomNumberGenerator.GetBytes(Size));
        await Client.InstallAsync(TestPackages.Pack("name: data\nversion: 0.0.1\nuid: 1000\ngid: 1000\n", root, NewPath("data.npk")), Repository);
        return await Client.InstallAsync(
            TestPackages.Pack(
                "name: reader\nversion: 0.0.1\ninit: /test-container\nargs: [read, /data/text]\nuid: 1000\ngid: 1000\nio: {stdout: pipe, stderr: pipe}\n"
                + "mounts:\n  /data: {type: resource, name: data, version: '*', dir: /, options: ''}\n",
                Path.Combine(HostProbe.SamplesDirectory, "test-container", "root"),
                NewPath("reader.npk")),
            Repository);
    }
}
