// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Tests.Npk.Support;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Images whose mount targets are links to the host: a start is refused, or the mount lies inside the image.</summary>
internal sealed class HostileImageTests : RuntimeFixture
{
    private static readonly ContainerId s_container = ContainerId.Parse("hostile:0.0.1");

    private static readonly string[] s_types = ["{type: proc}", "{type: sysfs}", "{type: dev}", "{type: persist}", "{type: tmpfs, size: 1M}", "{type: bind, host: /lib, options: nodev}"];

    private string Host => NewPath("host");

    [Test]
    public async Task H30_W22_TargetIsALink_IsRefused([ValueSource(nameof(s_types))] string mount, [Values] bool relative)
    {
        string root = NewRoot();
        File.CreateSymbolicLink(Path.Combine(root, "target"), relative ? "../../../../../../.." + Host : Host);

        await AssertRefusedAsync(root, $"  /target: {mount}\n");
    }

    [Test]
    public async Task H30_W22_LinkOnTheWay_DoesNotLeaveTheImage([Values] bool relative)
    {
        string root = NewRoot();
        System.IO.Directory.CreateDirectory(Path.Combine(root, "a"));
        File.CreateSymbolicLink(Path.Combine(root, "a", "b"), relative ? "../../../../../../../.." + Host : Host);

        await AssertRefusedAsync(root, "  /a/b/inner: {type: tmpfs, size: 1M}\n");
    }

    [Test]
    public async Task H30_LinkOnTheWayWithTheSamePathInTheImage_LeadsThere()
    {
        string root = NewRoot();
        File.CreateSymbolicLink(Path.Combine(root, "a"), Host);
        System.IO.Directory.CreateDirectory(root + Host + "/inner");
        await InstallAsync(root, "  /a/inner: {type: tmpfs, size: 1M}\n");

        await Client.StartAsync(s_container, null, ["write", "inside", Host + "/inner/made"], new Dictionary<string, string>());

        await OutputAsync("^Sleeping");
        AssertHostUntouched();
    }

    [Test]
    public async Task H36_NullIsALinkToCorePattern_NothingOfItIsMounted()
    {
        string root = NewRoot();
        System.IO.Directory.CreateDirectory(Path.Combine(root, "dev"));
        System.IO.Directory.CreateDirectory(Path.Combine(root, "proc"));
        File.CreateSymbolicLink(Path.Combine(root, "dev", "null"), "/proc/sys/kernel/core_pattern");
        string pattern = await File.ReadAllTextAsync("/proc/sys/kernel/core_pattern");
        await InstallAsync(root, "  /proc: {type: proc}\n", "capabilities: [CAP_SYS_ADMIN, CAP_DAC_OVERRIDE]\n");

        await Client.StartAsync(
            s_container, null, ["open", "w", "/proc/kcore", "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/dev/null"], new Dictionary<string, string>());

        await OutputAsync("^open w /proc/kcore: errno [1-9]");
        await OutputAsync("^open w /proc/sys/kernel/core_pattern: errno [1-9]");
        await OutputAsync("^open w /proc/sysrq-trigger: errno [1-9]");
        await OutputAsync("^open w /dev/null: errno 0$"); // the runtime's own /dev covers the image's
        uint pid = (await Client.InspectAsync(s_container)).Process!.Pid;
        Assert.That((await File.ReadAllLinesAsync($"/proc/{pid}/mountinfo")).Select(static l => l.Split(' ')[3]), Has.None.Contains("core_pattern"));
        Assert.That(await File.ReadAllTextAsync("/proc/sys/kernel/core_pattern"), Is.EqualTo(pattern));
    }

    [Test]
    public async Task H33_SetIdProgramAndNodesOfTheImage_GiveNothing()
    {
        string root = NewRoot();
        Tool.Run("chown", "0:0", Path.Combine(root, "test-container"));
        Tool.Run("chmod", "6755", Path.Combine(root, "test-container"));
        Tool.Run("mknod", "-m", "666", Path.Combine(root, "disk"), "b", "7", "0");
        System.IO.Directory.CreateDirectory(Path.Combine(root, "proc"));
        await InstallAsync(root, "  /proc: {type: proc}\n");

        await Client.StartAsync(s_container, null, ["open", "r", "/disk"], new Dictionary<string, string>());

        await OutputAsync("^open r /disk: errno (1|13)$");
        uint init = (await Client.InspectAsync(s_container)).Process!.Pid;
        string payload = (await File.ReadAllTextAsync($"/proc/{init}/task/{init}/children")).Trim();
        Assert.That(await File.ReadAllLinesAsync($"/proc/{payload}/status"), Does.Contain("Uid:\t1000\t1000\t1000\t1000").And.Contain("Gid:\t1000\t1000\t1000\t1000"));
    }

    private async Task AssertRefusedAsync(string root, string mounts)
    {
        await InstallAsync(root, mounts);

        ApiException? failure = Assert.ThrowsAsync<ApiException>(() => Client.StartAsync(s_container));

        Assert.That(((ApiError.StartContainerFailed)failure!.Error!).Error, Does.StartWith("mount ").And.Match("ENOTDIR|ELOOP|ENOENT|EINVAL"));
        Assert.That((await Client.InspectAsync(s_container)).Process, Is.Null);
        AssertHostUntouched();
    }

    private void AssertHostUntouched()
    {
        Assert.That(System.IO.Directory.GetFileSystemEntries(Host), Is.EqualTo(new[] { Path.Combine(Host, "inner") }));
        Assert.That(System.IO.Directory.GetFileSystemEntries(Path.Combine(Host, "inner")), Is.Empty);
        Assert.That(File.ReadAllText("/proc/self/mountinfo"), Does.Not.Contain(Host));
    }

    /// <summary>Makes the root of an image, and the directory of the host that links lead to.</summary>
    private string NewRoot()
    {
        System.IO.Directory.CreateDirectory(Path.Combine(Host, "inner"));
        Tool.Run("chmod", "-R", "777", Host);
        string root = NewPath("root");
        Tool.Run("cp", "-r", Path.Combine(HostProbe.SamplesDirectory, "test-container", "root"), root);
        return root;
    }

    /// <summary>Makes the image without the packer, which would put directories where the mounts are.</summary>
    private async Task InstallAsync(string root, string mounts, string more = "")
    {
        string image = NewPath("image");
        (int code, string output) = Tool.Run("mksquashfs", root, image, "-noappend", "-no-progress", "-quiet", "-noI", "-noD", "-noF");
        Assert.That(code, Is.Zero, output);
        string manifest = $"name: hostile\nversion: 0.0.1\ninit: /test-container\nuid: 1000\ngid: 1000\nio: {{stdout: pipe, stderr: pipe}}\n{more}mounts:\n{mounts}";
        using PrivateKey key = TestPackages.Key;
        NpkBuilder.Pack(
            new NpkBuildOptions { Manifest = ManifestReader.Parse(System.Text.Encoding.UTF8.GetBytes(manifest)), ImagePath = image, Key = key }, NewPath("hostile.npk"));
        await Client.InstallAsync(NewPath("hostile.npk"), "mem");
    }
}
