// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Npk.Support;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Mistakes that a runtime of this kind is known to make, and this one does not.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class WeakSpotTests : RuntimeFixture
{
    private ResourceSelection _selection = ResourceSelection.Highest;

    [Test]
    public async Task W10_StrictFilter_DoesNotStandInTheWayOfTheLaunch()
    {
        ContainerId id = await Client.InstallAsync(TestPackages.Program("strict", further: "seccomp: {allow: {execve: any}}"), "mem");
        await Client.StartAsync(id);
        await ExitAsync(id, new ExitStatus.Signalled(31));
    }

    [Test]
    public async Task W11_CgroupThatStaysBusy_IsReportedAndTheContainerHasEnded()
    {
        ContainerId id = await Client.InstallAsync(TestPackages.Program("busy"), "mem");
        await Client.StartAsync(id);
        string[] groups = System.IO.Directory.GetDirectories("/sys/fs/cgroup", "busy", SearchOption.AllDirectories);
        using (Tmpfs.Mount(groups[0], "64k"))
        {
            await Client.KillAsync(id, 9);
            await ExitAsync(id, new ExitStatus.Signalled(9));
            Assert.That((await EventAsync("CleanupFailed")).Message, Does.Contain(groups[0]).And.Contain("EBUSY"));
        }

        await Client.StartAsync(id);
    }

    [Test]
    public async Task W15_ContainerTwiceInARequest_IsMountedOnce()
    {
        await InstallAsync("mem", "test-resource");
        Assert.That(
            await Client.MountAsync([TestResource, TestResource]),
            Is.EqualTo(new[] { new ContainerResult(TestResource), new ContainerResult(TestResource, new ApiError.InvalidContainer(TestResource)) }));
        Assert.That(
            await Client.UmountAsync([TestResource, TestResource]),
            Is.EqualTo(new[] { new ContainerResult(TestResource), new ContainerResult(TestResource, new ApiError.UmountBusy(TestResource)) }));
    }

    [Test]
    public async Task W16_NestedTargets_AreMountedFromTheOutside()
    {
        // In every order of the manifest the inner one is on top of the outer one.
        System.IO.Directory.CreateDirectory(NewPath("nested/b"));
        string outer = $"  /a: {{type: bind, host: {NewPath("nested")}}}", inner = "  /a/b: {type: tmpfs, size: 65536}";
        foreach (string mounts in new[] { $"{outer}\n{inner}", $"{inner}\n{outer}" })
        {
            ContainerId id = await Client.InstallAsync(Package(mounts), "mem");
            Assert.That((await MountsAsync(id)).Keys, Is.SupersetOf(new[] { "/a", "/a/b" }), mounts);
            await Client.UninstallAsync(id);
        }
    }

    [Test]
    public async Task W17_FlagsOfBinds_AreInForceOnSubmountsToo()
    {
        string host = NewPath("host");
        System.IO.Directory.CreateDirectory(Path.Combine(host, "sub"));
        using Tmpfs sub = Tmpfs.Mount(Path.Combine(host, "sub"), "64k");
        ContainerId id = await Client.InstallAsync(
            Package($"  /ro: {{type: bind, host: {host}, options: 'rec,nosuid,nodev,noexec'}}\n  /rw: {{type: bind, host: {host}, options: 'rw,nosuid,nodev,noexec'}}\n  /data: {{type: persist}}"), "mem");
        Dictionary<string, JsonElement> seen = await MountsAsync(id);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Options(seen["/ro"]), Is.SupersetOf(new[] { "ro", "nosuid", "nodev", "noexec" }));
            Assert.That(Options(seen["/ro/sub"]), Is.SupersetOf(new[] { "ro", "nosuid", "nodev", "noexec" }));
            Assert.That(Options(seen["/rw"]), Is.SupersetOf(new[] { "rw", "nosuid", "nodev", "noexec" }));
            Assert.That(Options(seen["/data"]), Is.SupersetOf(new[] { "rw", "nosuid", "nodev", "noexec" }));
            Assert.That(seen.Keys, Does.Not.Contain("/rw/sub"));
        }
    }

    [TestCase("!other\n    nice: 5", 0, 5)]
    [TestCase("!other\n    nice: -5", 0, -5)]
    [TestCase("!batch\n    nice: 3", 3, 3)]
    [TestCase("!idle", 5, 0)]
    [TestCase("!round_robin\n    priority: 7", 2, 0)]
    public async Task W19_Scheduling_IsThatOfTheManifest(string policy, int number, int nice)
    {
        JsonElement view = await InspectAsync(await Client.InstallAsync(TestPackages.Program("subject", further: $"sched:\n  policy: {policy}"), "mem"));
        Assert.That(view.GetProperty("sched_getscheduler").GetInt32(), Is.EqualTo(number));
        Assert.That(view.GetProperty("getpriority").GetInt32(), Is.EqualTo(nice));
    }

    [Test]
    public async Task W22_LinkInTheImage_DoesNotLeadAMountOutside()
    {
        string root = NewPath("root");
        System.IO.Directory.CreateDirectory(root);
        File.Copy(Path.Combine(HostProbe.SamplesDirectory, "test-container", "root", "test-container"), Path.Combine(root, "test-container"));
        string outside = NewPath("outside");
        System.IO.Directory.CreateDirectory(outside);
        File.CreateSymbolicLink(Path.Combine(root, "link"), outside);
        string package = TestPackages.Pack(
            "name: linked\nversion: 0.0.1\ninit: /test-container\nuid: 1000\ngid: 1000\nmounts:\n  /link/inner: {type: tmpfs, size: 65536}\n", root, NewPath("linked.npk"));
        ContainerId id = await Client.InstallAsync(package, "mem");
        Assert.That(() => Client.StartAsync(id), Throws.TypeOf<ApiException>().With.Message.Contain("mount /link/inner"));
        Assert.That(System.IO.Directory.EnumerateFileSystemEntries(outside), Is.Empty);
    }

    [TestCase(ResourceSelection.Highest, "0.0.2")]
    [TestCase(ResourceSelection.Lowest, "0.0.1")]
    public async Task W24_Resource_IsTheHighestUnlessConfigured(ResourceSelection selection, string version)
    {
        await StopAsync();
        _selection = selection;
        await StartAsync();
        await InstallAsync("mem", "test-resource");
        ContainerId newer = await Client.InstallAsync(TestPackages.Patched("test-resource", NewPath("newer.npk"), ("version: 0.0.1", "version: 0.0.2")), "mem");
        ContainerId id = await Client.InstallAsync(Package("  /r: {type: resource, name: test-resource, version: '>=0.0.1', dir: /}"), "mem");

        await Client.StartAsync(id);

        var chosen = ContainerId.Parse($"test-resource:{version}");
        foreach (ContainerId resource in new[] { TestResource, newer })
        {
            Assert.That((await Client.InspectAsync(resource)).Mounted, Is.EqualTo(resource == chosen), $"{resource}");
        }

        Assert.That(await Client.UmountAsync(chosen), Is.EqualTo(new ContainerResult(chosen, new ApiError.UmountBusy(id))));
    }

    [Test]
    public async Task W25_SocketFile_IsOwnedAsConfigured()
    {
        ContainerId id = await Client.InstallAsync(
            TestPackages.Program("owner", further: "sockets:\n  one: {type: stream, mode: 0o640, uid: 1234, gid: 4321}\n  two: {type: datagram, mode: 0o600}"), "mem");
        await Client.StartAsync(id);
        string[] seen = [.. new[] { "one", "two" }.Select(name => Stat(NewPath($"sockets/owner:0.0.1:{name}")))];
        Assert.That(seen, Is.EqualTo(new[] { "1234 4321 640 socket", "0 0 600 socket" }));
    }

    [Test]
    public async Task W29_Wipe_WhileAnotherVersionRuns_IsRefused()
    {
        ContainerId older = await Client.InstallAsync(Package("  /data: {type: persist}"), "mem");
        string manifest = "name: subject\nversion: 0.0.2\ninit: /test-container\nuid: 1000\ngid: 1000\nmounts: {/data: {type: persist}}\n";
        ContainerId newer = await Client.InstallAsync(
            TestPackages.Pack(manifest, Path.Combine(HostProbe.SamplesDirectory, "test-container", "root"), NewPath("newer.npk")), "mem");
        await Client.StartAsync(older, null, ["write", "kept", "/data/file"], new Dictionary<string, string>());
        await OutputAsync("^Sleeping");

        Assert.That(() => Client.UninstallAsync(newer, wipe: true), LifecycleTests.ThrowsError(new ApiError.UmountBusy(older)));

        string file = Path.Combine(DataDirectory, "subject", "file");
        Assert.That(await File.ReadAllTextAsync(file), Is.EqualTo("kept"));
        await StopAsync(older);
        await Client.UninstallAsync(newer, wipe: true);
        Assert.That(File.Exists(file), Is.False);
    }

    [Test]
    public async Task W34_ArgumentBeyondWhatTheKernelTakes_FailsTheStart()
    {
        ContainerId id = await Client.InstallAsync(Package(""), "mem");
        Assert.That(
            () => Client.StartAsync(id, null, [new string('x', 200_000)], new Dictionary<string, string>()),
            Throws.TypeOf<ApiException>().With.Message.Contain("execve /test-container").And.Message.Contain("E2BIG"));
        await Client.StartAsync(id);
    }

    [Test]
    public async Task C01_HundredThousandArguments_AreRefusedAndTheMostWork()
    {
        ContainerId id = await Client.InstallAsync(Package(""), "mem");
        Assert.That(
            () => Client.StartAsync(id, null, [.. Enumerable.Repeat("x", 100_000)], new Dictionary<string, string>()),
            LifecycleTests.ThrowsError(new ApiError.InvalidArguments("a start takes at most 65536 arguments and as many variables")));
        Assert.That((await Client.InspectAsync(id)).Process, Is.Null);

        // What the program makes of them is another matter: it ends with a usage error.
        await Client.StartAsync(id, null, [.. Enumerable.Repeat("x", 65_536)], new Dictionary<string, string>());
        Assert.That((await NotificationAsync<Notification.Exit>()).Container, Is.EqualTo(id));
    }

    [Test]
    public async Task MoreSocketsThanAStartCanHand_FailItAndLeaveNothing()
    {
        string sockets = string.Concat(Enumerable.Range(0, 260).Select(static i => $"  s{i}: {{type: datagram, mode: 0o600}}\n"));
        ContainerId many = await Client.InstallAsync(TestPackages.Program("many", further: "sockets:\n" + sockets), "mem");
        ApiException? failure = Assert.ThrowsAsync<ApiException>(() => Client.StartAsync(many));
        Assert.That(((ApiError.StartContainerFailed)failure!.Error!).Error, Does.Contain("descriptors").And.Contain("ETOOMANYREFS"));
        Assert.That(System.IO.Directory.EnumerateFileSystemEntries(NewPath("sockets")), Is.Empty);
        Assert.That((await Client.InspectAsync(many)).Process, Is.Null);
    }

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        options.ResourceSelection = _selection;
        return options;
    }

    private static string Stat(string path)
    {
        (int code, string output) = Tool.Run("stat", "-c", "%u %g %a %F", path);
        Assert.That(code, Is.Zero, output);
        return output.Trim();
    }

    private static string[] Options(JsonElement mount) => [.. mount.GetProperty("options").EnumerateArray().Select(static o => o.GetString()!)];

    private static string Package(string mounts) => TestPackages.Program("subject", mounts);

    private async Task<Dictionary<string, JsonElement>> MountsAsync(ContainerId id) =>
        (await InspectAsync(id)).GetProperty("/proc/self/mounts").EnumerateArray()
            .DistinctBy(static m => m.GetProperty("target").GetString()!).ToDictionary(static m => m.GetProperty("target").GetString()!);

    private async Task<JsonElement> InspectAsync(ContainerId id)
    {
        await Client.StartAsync(id, null, ["inspect", "--json"], new Dictionary<string, string>());
        string json = (await OutputAsync(@"^\{")).Message;
        await StopAsync(id);
        return JsonDocument.Parse(json[json.IndexOf('{', StringComparison.Ordinal)..]).RootElement;
    }
}
