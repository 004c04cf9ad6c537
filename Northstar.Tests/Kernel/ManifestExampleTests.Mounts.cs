// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Tests.Npk.Support;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>The examples of mounts, networks and labels.</summary>
internal sealed partial class ManifestExampleTests
{
    private static string OwnNetwork => new FileInfo("/proc/self/ns/net").LinkTarget!;

    private static string Namespace(JsonElement view, string name) => view.GetProperty("namespaces").GetProperty(name).GetString()!;

    private static string[] Options(JsonElement view, string target) =>
        [.. view.GetProperty("/proc/self/mounts").EnumerateArray().Last(m => m.GetProperty("target").GetString() == target).GetProperty("options").EnumerateArray().Select(static o => o.GetString()!)];

    private static string[] Targets(JsonElement view) =>
        [.. view.GetProperty("/proc/self/mounts").EnumerateArray().Select(static m => m.GetProperty("target").GetString()!)];

    private async Task MountIsAsync(string target, params string[] options) =>
        Assert.That(
            Options(await ViewAsync(), target).Where(static o => o is "ro" or "rw" or "nosuid" or "nodev" or "noexec"), Is.EqualTo(options));

    private async Task SubmountsAreThereAsync()
    {
        string[] below = [.. File.ReadLines("/proc/self/mounts").Select(static l => l.Split(' ')[1]).Where(static t => t.StartsWith("/sys/", StringComparison.Ordinal)).Distinct()];
        if (below.Length == 0)
            Assert.Ignore("nothing is mounted below /sys");
        JsonElement view = await ViewAsync();
        Assert.That(below.Select(static t => "/host" + t), Is.SubsetOf(Targets(view)));
        foreach (string target in below.Prepend("/sys"))
        {
            Assert.That(Options(view, "/host" + target), Does.Contain("ro").And.Contain("nosuid").And.Contain("nodev").And.Contain("noexec"), target);
        }
    }

    private async Task DeviceNodesAreThereAsync()
    {
        foreach (string node in new[] { "full", "null", "random", "tty", "urandom", "zero" })
        {
            await RunAsync("stat", $"/dev/{node}");
            await OutputAsync($"^/dev/{node}: mode .*, character device$");
            await StopAsync(s_id);
        }

        Assert.That(Options(await ViewAsync(), "/dev"), Does.Contain("ro").And.Contain("nosuid").And.Contain("noexec"));
    }

    private async Task DataStaysAsync()
    {
        await RunAsync("write", "kept", "/data/file");
        await OutputAsync("^Sleeping");
        await StopAsync(s_id);
        await RunAsync("cat", "/data/file");
        await OutputAsync("^kept");
        Assert.That(await File.ReadAllTextAsync(Path.Combine(DataDirectory, "example", "file")), Is.EqualTo("kept"));
        await StopAsync(s_id);
        Assert.That(Options(await ViewAsync(), "/data"), Does.Contain("rw").And.Contain("nosuid").And.Contain("nodev").And.Contain("noexec"));
    }

    private async Task HighestMatchIsMountedAsync()
    {
        foreach (string version in new[] { "1.0.0", "1.4.0", "2.0.0" })
        {
            string root = System.IO.Directory.CreateDirectory(NewPath($"fonts-{version}")).FullName;
            System.IO.Directory.CreateDirectory(Path.Combine(root, "truetype"));
            await File.WriteAllTextAsync(Path.Combine(root, "truetype", "version"), version);
            await Client.InstallAsync(TestPackages.Pack($"name: fonts\nversion: {version}\nuid: 1000\ngid: 1000\n", root, NewPath($"fonts-{version}.npk")), "mem");
        }

        await RunAsync("cat", "/usr/share/fonts/version");
        await OutputAsync(@"^1\.4\.0");
        await StopAsync(s_id);
        Assert.That(Options(await ViewAsync(), "/usr/share/fonts"), Does.Contain("ro").And.Contain("nosuid").And.Contain("nodev").And.Contain("noexec"));
    }

    private async Task SocketDirectoryIsThereAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(Directory, "sockets", "mark"), "of the host");
        await RunAsync("cat", "/run/sockets/mark");
        await OutputAsync("^of the host");
        File.Delete(Path.Combine(Directory, "sockets", "mark"));
    }

    /// <summary>The kernel counts in pages and shows kibibytes.</summary>
    private async Task SizesAreThoseAsync()
    {
        JsonElement view = await ViewAsync();
        Assert.That(Options(view, "/tmp"), Does.Contain("size=19532k").And.Contain("rw").And.Contain("nosuid").And.Contain("nodev").And.Contain("noexec"));
        Assert.That(Options(view, "/run/cache"), Does.Contain("size=1024k"));
    }

    private async Task NamedNetworkIsJoinedAsync()
    {
        const string Place = "/run/netns/lan0";
        if (File.Exists(Place))
            Assert.Ignore("this machine has a namespace lan0 of its own");
        System.IO.Directory.CreateDirectory("/run/netns");
        await File.WriteAllTextAsync(Place, "");
        try
        {
            Assert.That(Tool.Run("unshare", $"--net={Place}", "true").ExitCode, Is.Zero);
            string inode = Tool.Run("stat", "-L", "-c", "%i", Place).Output.Trim();
            Assert.That(Namespace(await ViewAsync(), "net"), Is.EqualTo($"net:[{inode}]"));
            await StopAsync(s_id);
        }
        finally
        {
            Tool.Run("umount", Place);
            File.Delete(Place);
        }
    }

    private async Task RootHasItsLabelAsync()
    {
        string[] options = Options(await ViewAsync(), "/");
        if (!File.Exists("/sys/fs/selinux/enforce"))
        {
            Assert.That(options, Has.None.Contains("context="));
            Assert.Ignore("the host has no SELinux: the container runs without its label");
        }

        Assert.That(options, Does.Contain("context=system_u:object_r:usr_t:s0"));
    }
}
