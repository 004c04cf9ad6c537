// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Npk.Support;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Theme A5: the mounts of a container, seen from inside.</summary>
internal sealed class InnerMountTests : RuntimeFixture
{
    private const string Lib = "  /lib:\n    type: bind\n    host: /lib\n    options: nosuid,nodev\n";

    private MissingBind _missingBind = MissingBind.Skip;

    protected override bool StartsAtOnce => false;

    [Test]
    public async Task T042_Root_HasItsContextWhereTheHostHasSelinux()
    {
        await StartAsync();
        await InstallAsync("mem", "test-container", "test-resource");
        JsonElement root = Mount(await InspectFromInsideAsync(), "/");
        Assert.That(root.GetProperty("type").GetString(), Is.EqualTo("squashfs"));
        Assert.That(root.GetProperty("source").GetString(), Does.StartWith("/"));
        bool selinux = File.Exists("/sys/fs/selinux/enforce");
        Assert.That(OptionsOf(root).Contains("context=unconfined_u:object_r:user_home_t:s0"), Is.EqualTo(selinux));
    }

    [TestCase("", "ro", false)]
    [TestCase("rw", "rw", true)]
    [TestCase("nosuid,nodev,noexec", "ro,nosuid,nodev,noexec", false)]
    [TestCase("rw,nosuid,nodev,noexec", "rw,nosuid,nodev,noexec", true)]
    [TestCase("rw,nodev", "rw,nodev", true)]
    [TestCase("noexec", "ro,noexec", false)]
    public async Task T044_Bind_HasExactlyTheOptionsOfTheManifest(string options, string expected, bool writable)
    {
        await StartAsync();
        string host = Shared();
        await InstallPatchedAsync((Lib, Lib + Bind("/mnt", host) + $"    options: '{options}'\n"));

        string[] seen = OptionsOf(Mount(await InspectFromInsideAsync(), "/mnt"));
        await StopAsync(TestContainer);
        await StartTestContainerAsync("touch", "/mnt/made");

        Assert.That(seen.Where(static o => o is "ro" or "rw" or "nosuid" or "nodev" or "noexec"), Is.EqualTo(expected.Split(',')));
        await OutputAsync("^command: touch");
        if (writable)
        {
            await OutputAsync("^Sleeping");
        }
        else
        {
            await ExitAsync(TestContainer, new ExitStatus.Exit(1));
        }

        Assert.That(File.Exists(Path.Combine(host, "made")), Is.EqualTo(writable));
    }

    [Test]
    public async Task T045_MissingSource_IsSkippedWithOneWarning()
    {
        await StartAsync();
        await InstallPatchedAsync((Lib, Lib + Bind("/mnt", "/no/such/source")));
        await StartTestContainerAsync("inspect", "--json");
        Assert.That((await EventAsync("MissingBind")).Message, Does.Contain("test-container:0.0.1").And.Contain("/mnt").And.Contain("/no/such/source"));
        await OutputAsync(@"^\{");
        await StopAsync(TestContainer);
        Assert.That(Targets(await InspectFromInsideAsync()), Has.No.Member("/mnt").And.Member("/lib"));
    }

    [Test]
    public async Task T045_MissingSource_OptionError_FailsTheStartNamingBoth()
    {
        _missingBind = MissingBind.Error;
        await StartAsync();
        await InstallPatchedAsync((Lib, Lib + Bind("/mnt", "/no/such/source")));

        ApiException? failure = Assert.ThrowsAsync<ApiException>(() => StartTestContainerAsync("sleep"));

        Assert.That(((ApiError.StartContainerFailed)failure!.Error!).Error, Does.Contain("/mnt").And.Contain("/no/such/source").And.Contain("ENOENT"));
    }

    [Test]
    public async Task T046_Tmpfs_IsWritableAndForgets()
    {
        await StartAsync();
        await InstallAsync("mem", "test-container", "test-resource");
        await StartIdleAsync("stat", "/tmpfs");
        await StopAsync(TestContainer);
        await StartTestContainerAsync("stat", "/tmpfs");
        await OutputAsync("^/tmpfs: mode 1777, uid 0, gid 0, directory");
        await StopAsync(TestContainer);
        await StartIdleAsync("write", "hello", "/tmpfs/f");
        await StopAsync(TestContainer);
        await StartTestContainerAsync("cat", "/tmpfs/f");
        await ExitAsync(TestContainer, new ExitStatus.Exit(1));
    }

    [Test]
    public async Task T047_Persist_BelongsToTheContainerAndOtherVersionsSeeIt()
    {
        await StartAsync();
        await InstallAsync("mem", "test-container", "test-resource");
        await StartIdleAsync("write", "hello", "/data/f");
        await StopAsync(TestContainer);
        ContainerId other = await Client.InstallAsync(
            TestPackages.Patched("test-container", NewPath("other.npk"), ("version: 0.0.1\ninit", "version: 0.0.2\ninit")), "mem");

        await Client.StartAsync(other, null, ["cat", "/data/f"], new Dictionary<string, string>());

        await OutputAsync("^hello$");
        Assert.That(Output("stat", "-c", "%a %u:%g", Path.Combine(DataDirectory, "test-container")), Is.EqualTo("700 1000:1000"));
    }

    [Test]
    public async Task T048_Dev_HoldsExactlyTheNodesAndLinks()
    {
        await StartAsync();
        await InstallAsync("mem", "test-container", "test-resource");
        await StartIdleAsync("sleep");
        string dev = $"/proc/{(await Client.InspectAsync(TestContainer)).Process!.Pid}/root/dev";
        string[] nodes = ["full c 666", "null c 666", "random c 666", "tty c 666", "urandom c 666", "zero c 666"];
        string[] links = ["fd l 777 /proc/self/fd", "stdin l 777 /proc/self/fd/0", "stdout l 777 /proc/self/fd/1", "stderr l 777 /proc/self/fd/2"];
        Assert.That(
            Output("find", dev, "-mindepth", "1", "-printf", "%P %y %m %l\n").Split('\n').Select(static line => line.TrimEnd()),
            Is.EquivalentTo(nodes.Concat(links)));
        Assert.That(
            new[] { "full", "null", "random", "tty", "urandom", "zero" }.Select(n => Output("stat", "-c", "%t,%T", Path.Combine(dev, n))),
            Is.EqualTo(new[] { "1,7", "1,3", "1,8", "5,0", "1,9", "1,5" }));
    }

    [Test]
    public async Task T048_DeviceNodeInTheImage_CannotBeOpened()
    {
        await StartAsync();
        string root = NewPath("root");
        Output("cp", "-r", Path.Combine(HostProbe.SamplesDirectory, "test-container", "root"), root);
        Output("mknod", "-m", "666", Path.Combine(root, "disk"), "c", "1", "3");
        ContainerId id = await Client.InstallAsync(
            TestPackages.Pack(
                "name: node\nversion: 0.0.1\ninit: /test-container\nargs: [cat, /disk]\nuid: 1000\ngid: 1000\nio: {stdout: pipe, stderr: pipe}\n", root, NewPath("node.npk")),
            "mem");
        await Client.StartAsync(id);
        await OutputAsync("denied|EACCES");
        await ExitAsync(id, new ExitStatus.Exit(1));
    }

    [Test]
    public async Task T049_Sysfs_IsReadOnlyAndHarmless()
    {
        await StartAsync();
        await InstallPatchedAsync((Lib, Lib + "  /sys:\n    type: sysfs\n"));
        JsonElement mount = Mount(await InspectFromInsideAsync(), "/sys");
        Assert.That(mount.GetProperty("type").GetString(), Is.EqualTo("sysfs"));
        Assert.That(OptionsOf(mount).Take(4), Is.EqualTo(new[] { "ro", "nosuid", "nodev", "noexec" }));
    }

    [Test]
    public async Task H32_W17_RecursiveBind_IsReadOnlyInSubmountsToo([Values] bool writable)
    {
        await StartAsync();
        string host = Shared();
        string inner = System.IO.Directory.CreateDirectory(Path.Combine(host, "inner")).FullName;
        using (Tmpfs.Mount(inner, "64k"))
        {
            Output("chmod", "777", inner);
            await InstallPatchedAsync((Lib, Lib + Bind("/mnt", host) + $"    options: '{(writable ? "rw," : "")}rec,nosuid,nodev,noexec'\n"));

            await StartTestContainerAsync("touch", "/mnt/inner/made");
            await OutputAsync("^command: touch");
            if (writable)
            {
                await OutputAsync("^Sleeping");
                await StopAsync(TestContainer);
            }
            else
            {
                await ExitAsync(TestContainer, new ExitStatus.Exit(1));
            }

            Assert.That(File.Exists(Path.Combine(inner, "made")), Is.EqualTo(writable));
            System.Text.Json.JsonElement view = await InspectFromInsideAsync();
            foreach (string target in new[] { "/mnt", "/mnt/inner" })
            {
                Assert.That(OptionsOf(Mount(view, target)).Take(4), Is.EqualTo(new[] { writable ? "rw" : "ro", "nosuid", "nodev", "noexec" }), target);
            }

            await StopAsync(TestContainer);
        }
    }

    [Test]
    public async Task W16_NestedTargets_AreMountedOuterFirstWhateverTheirOrder()
    {
        await StartAsync();
        string host = Shared();
        System.IO.Directory.CreateDirectory(Path.Combine(host, "z", "a"));
        // By name alone /mnt/z/a would come before /mnt-1, and in the order of the text the inner ones come first.
        await InstallPatchedAsync((Lib, "  /mnt/z/a:\n    type: tmpfs\n    size: 4096\n  /mnt/z:\n    type: persist\n" + Lib + Bind("/mnt", host)));
        System.IO.Directory.CreateDirectory(Path.Combine(DataDirectory, "test-container", "a"));

        string?[] targets = [.. Targets(await InspectFromInsideAsync()).Where(static t => t!.StartsWith("/mnt", StringComparison.Ordinal))];

        Assert.That(targets, Is.EqualTo(new[] { "/mnt", "/mnt/z", "/mnt/z/a" }));
    }

    [Test]
    public async Task T050_MountsMadeLater_DoNotAppear()
    {
        await StartAsync();
        await InstallAsync("mem", "test-container", "test-resource");
        await StartIdleAsync("sleep");
        string table = $"/proc/{(await Client.InspectAsync(TestContainer)).Process!.Pid}/mountinfo";
        string before = await File.ReadAllTextAsync(table);

        string place = System.IO.Directory.CreateDirectory(NewPath("later")).FullName;
        Output("mount", "-t", "tmpfs", "later", place);
        try
        {
            Assert.That(await File.ReadAllTextAsync(table), Is.EqualTo(before));
        }
        finally
        {
            Output("umount", place);
        }
    }

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        options.MissingBind = _missingBind;
        return options;
    }

    private static string Output(string tool, params string[] arguments) => Tool.Run(tool, arguments).Output.Trim();

    private static string Bind(string target, string host) => $"  {target}:\n    type: bind\n    host: {host}\n";

    /// <summary>Makes a directory of the container's user.</summary>
    private string Shared()
    {
        string host = System.IO.Directory.CreateDirectory(NewPath("shared")).FullName;
        Output("chown", "1000:1000", host);
        return host;
    }

    private static JsonElement Mount(JsonElement view, string target) =>
        view.GetProperty("/proc/self/mounts").EnumerateArray().Single(m => m.GetProperty("target").GetString() == target);

    private static IEnumerable<string?> Targets(JsonElement view) =>
        view.GetProperty("/proc/self/mounts").EnumerateArray().Select(static m => m.GetProperty("target").GetString());

    private static string[] OptionsOf(JsonElement mount) => [.. mount.GetProperty("options").EnumerateArray().Select(static o => o.GetString()!)];
}
