// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Api;
using Northstar.Tests.Npk.Support;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Theme A13: the network and the other namespaces of a container.</summary>
internal sealed class NetworkTests : RuntimeFixture
{
    private static readonly string s_name = $"northstar-{Environment.ProcessId}";
    private static readonly string s_place = Path.Combine("/run/netns", s_name);

    [Test]
    public async Task T180_C05_Default_IsANamespaceWithLoopbackUpAlone()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        JsonElement view = await InspectFromInsideAsync();
        Assert.That(Namespace(view, "net"), Is.Not.EqualTo(Own("net")));
        uint init = (await Client.InspectAsync(TestContainer)).Process!.Pid;
        string[] links = Tool.Run("nsenter", $"--net=/proc/{init}/ns/net", "ip", "-o", "link", "show", "up").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(links, Has.Length.EqualTo(1));
        Assert.That(links[0], Does.Contain(": lo: <LOOPBACK,UP"));

        // What the kernel itself puts into every namespace has no hardware behind it, and an address of its own there is none of the host's.
        string[] all = Tool.Run("nsenter", $"--net=/proc/{init}/ns/net", "ip", "-o", "address", "show").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(all, Is.All.Contains(" lo "), "addresses");
        Assert.That(Tool.Run("nsenter", $"--net=/proc/{init}/ns/net", "ip", "route", "show", "table", "all").Output, Does.Not.Contain("default"));
    }

    [Test]
    public async Task T181_C05_Host_IsTheNamespaceOfTheRuntime()
    {
        await InstallPatchedAsync(("io:\n", "network: host\nio:\n"));
        Assert.That(Namespace(await InspectFromInsideAsync(), "net"), Is.EqualTo(Own("net")));
    }

    [Test]
    public async Task T182_C05_Named_IsThatNamespace()
    {
        // As ip netns does it, but without a mount of /run/netns itself, which would stay.
        System.IO.Directory.CreateDirectory("/run/netns");
        await File.WriteAllTextAsync(s_place, "");
        Assert.That(Tool.Run("unshare", $"--net={s_place}", "true").ExitCode, Is.Zero);
        try
        {
            await InstallPatchedAsync(("io:\n", $"network: !namespace {s_name}\nio:\n"));
            string inside = Namespace(await InspectFromInsideAsync(), "net");
            string inode = Tool.Run("stat", "-L", "-c", "%i", s_place).Output.Trim();
            Assert.That(inside, Is.EqualTo($"net:[{inode}]"));
            await StopAsync(TestContainer);
        }
        finally
        {
            Tool.Run("umount", s_place);
            File.Delete(s_place);
        }
    }

    [Test]
    public async Task T183_C05_MissingNamespace_FailsTheStart()
    {
        await InstallPatchedAsync(("io:\n", "network: !namespace no-such-namespace\nio:\n"));
        ApiException? failure = Assert.ThrowsAsync<ApiException>(() => StartTestContainerAsync("sleep"));
        Assert.That(((ApiError.StartContainerFailed)failure!.Error!).Error, Does.Contain("no-such-namespace").And.Contain("ENOENT"));
    }

    [Test]
    public async Task C05_FileThatIsNoNetworkNamespaceOrTheHosts_FailsTheStart([Values("/proc/self/ns/uts", "/proc/self/ns/net", "/etc/passwd")] string source)
    {
        System.IO.Directory.CreateDirectory("/run/netns");
        await File.WriteAllTextAsync(s_place, "");
        Assert.That(Tool.Run("mount", "--bind", source, s_place).ExitCode, Is.Zero);
        try
        {
            await InstallPatchedAsync(("io:\n", $"network: !namespace {s_name}\nio:\n"));
            ApiException? failure = Assert.ThrowsAsync<ApiException>(() => StartTestContainerAsync("sleep"));
            Assert.That(((ApiError.StartContainerFailed)failure!.Error!).Error, Does.Contain(s_name));
        }
        finally
        {
            Tool.Run("umount", s_place);
            File.Delete(s_place);
        }
    }

    [Test]
    public async Task T184_OtherNamespaces_AreItsOwnButTheUsers()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        JsonElement view = await InspectFromInsideAsync();
        using (Assert.EnterMultipleScope())
        {
            foreach (string name in new[] { "pid", "mnt", "ipc", "uts", "cgroup" })
            {
                Assert.That(Namespace(view, name), Is.Not.EqualTo(Own(name)), name);
            }

            Assert.That(Namespace(view, "user"), Is.EqualTo(Own("user")));
        }
    }

    private static string Namespace(JsonElement view, string name) => view.GetProperty("namespaces").GetProperty(name).GetString()!;

    private static string Own(string name) => new FileInfo($"/proc/self/ns/{name}").LinkTarget!;
}
