// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Tests.Npk.Support;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Persistent data of a container whose later version has other ids.</summary>
internal sealed class PersistOwnerTests : RuntimeFixture
{
    protected override bool StartsAtOnce => false;

    private string Data => Path.Combine(DataDirectory, "test-container");

    [Test]
    [Requires(HostFeature.IdMappedMounts)]
    public async Task H40_LaterIds_SeeTheDataAsTheirsAndTheDiskStaysAsItWas()
    {
        await StartAsync();
        ContainerId second = await InstallVersionsAsync();
        await WriteAsync(TestContainer, "/data/f");
        await WriteAsync(second, "/data/g");

        await SeesAsync(second, "/data", "^/data: mode 0700, uid 3000, gid 4000, directory");
        await SeesAsync(second, "/data/f", "^/data/f: mode [0-7]*, uid 3000, gid 4000, ");
        await SeesAsync(TestContainer, "/data/g", "^/data/g: mode [0-7]*, uid 1000, gid 1000, ");
        Assert.That(Owners(), Is.EqualTo(new[] { "./ 1000:1000", "./f 1000:1000", "./g 1000:1000" }));
        Assert.That(ProcessTable.Children(Environment.ProcessId).Where(static pid => File.ReadAllText($"/proc/{pid}/cmdline").Contains("user-namespace", StringComparison.Ordinal)), Is.Empty);
    }

    /// <summary>A file system that cannot show its files under other ids.</summary>
    [Test]
    public async Task H40_LaterIds_GetTheDataWhereItCannotBeShownAsTheirs()
    {
        System.IO.Directory.CreateDirectory(DataDirectory);
        string outside = NewPath("outside");
        await File.WriteAllTextAsync(outside, "host");
        Assert.That(Tool.Run("mount", "-t", "ramfs", "-o", "mode=0700", "none", DataDirectory).ExitCode, Is.Zero);
        try
        {
            await StartAsync();
            ContainerId second = await InstallVersionsAsync();
            await WriteAsync(TestContainer, "/data/f");
            Tool.Run("mkdir", "-p", Path.Combine(Data, "d/e"));
            Tool.Run("ln", "-s", outside, Path.Combine(Data, "d/e/link"));
            Tool.Run("chown", "-hR", "1000:1000", Path.Combine(Data, "d"));
            await File.WriteAllTextAsync(Path.Combine(Data, "d", "root"), "");

            await Client.StartAsync(second, null, ["write", "hello", "/data/f"], new Dictionary<string, string>());
            string told = (await EventAsync("GivingDataTo")).Message;
            await OutputAsync("^Sleeping");

            Assert.That(Owners(), Is.EqualTo(new[] { "./ 3000:4000", "./d 3000:4000", "./d/e 3000:4000", "./d/e/link 3000:4000", "./d/root 0:0", "./f 3000:4000" }));
            Assert.That(Tool.Run("stat", "-c", "%u", outside).Output.Trim(), Is.EqualTo("0"));
            Assert.That(told, Does.Contain(Data).And.Contain("3000:4000").And.Contain("EINVAL"));
            await StopAsync();
        }
        finally
        {
            Tool.Run("umount", "-l", DataDirectory);
        }
    }

    /// <summary>Prepared by an operator: files of root do not become anybody's.</summary>
    [Test]
    public async Task H40_DirectoryOfRoot_IsGivenToTheContainerAndItsFilesAreNot()
    {
        await StartAsync();
        await InstallVersionsAsync();
        System.IO.Directory.CreateDirectory(Data);
        await File.WriteAllTextAsync(Path.Combine(Data, "root"), "");
        await WriteAsync(TestContainer, "/data/f");
        Assert.That(Owners(), Is.EqualTo(new[] { "./ 1000:1000", "./f 1000:1000", "./root 0:0" }));
    }

    private async Task<ContainerId> InstallVersionsAsync()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        return await Client.InstallAsync(
            TestPackages.Patched(
                "test-container", NewPath("other.npk"), ("version: 0.0.1\ninit", "version: 0.0.2\ninit"), ("uid: 1000", "uid: 3000"), ("gid: 1000", "gid: 4000")),
            "mem");
    }

    private async Task WriteAsync(ContainerId container, string path)
    {
        await Client.StartAsync(container, null, ["write", "hello", path], new Dictionary<string, string>());
        await OutputAsync("^Sleeping");
        await StopAsync(container);
    }

    private async Task SeesAsync(ContainerId container, string path, string expected)
    {
        await Client.StartAsync(container, null, ["stat", path], new Dictionary<string, string>());
        await OutputAsync(expected);
        await StopAsync(container);
    }

    /// <summary>Returns what the host sees.</summary>
    private string[] Owners() => [.. Tool.Run("find", Data, "-printf", "./%P %U:%G\n").Output.Trim().Split('\n').Order(StringComparer.Ordinal)];
}
