// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Sources of bind mounts that hang, are missing, or change while containers start.</summary>
internal sealed class BindSourceTests : RuntimeFixture
{
    /// <summary>How often a sibling is started against the racer; the long run is by hand.</summary>
    private static readonly int s_races = int.Parse(Environment.GetEnvironmentVariable("NORTHSTAR_TESTS_RACES") ?? "150", CultureInfo.InvariantCulture);

    private MissingBind _missingBind = MissingBind.Skip;

    protected override bool StartsAtOnce => false;

    [SetUp]
    public void Reset() => _missingBind = MissingBind.Skip;

    [Test]
    [Requires(HostFeature.Fuse)]
    public async Task W07_SourceThatHangs_FailsThatStartAndOthersGoOn()
    {
        await StartAsync();
        Runtime.Starter.Sources.Limit = TimeSpan.FromMilliseconds(500);
        using (var hanging = new HangingDirectory(NewPath("hanging")))
        {
            string path = NewPath("hanging") + "/inside";
            ContainerId stuck = await Client.InstallAsync(TestPackages.Program("stuck", $"  /mnt: {{type: bind, host: {path}}}"), "mem");
            ContainerId free = await Client.InstallAsync(TestPackages.Program("free", "  /mnt: {type: bind, host: /usr}"), "mem");
            await using NorthstarClient second = await ConnectAsync();

            Task starting = Client.StartAsync(stuck);
            for (int i = 0; i < 5; i++)
            {
                await second.StartAsync(free);
                await second.KillAsync(free, 9);
                await ExitAsync(free, new ExitStatus.Signalled(9));
            }

            AssertHangs(Assert.ThrowsAsync<ApiException>(() => starting), path);

            // The next start does not wait: its path is known to hang, and no further thread gets stuck.
            AssertHangs(Assert.ThrowsAsync<ApiException>(() => Client.StartAsync(stuck)), path);
            Assert.That(Runtime.Starter.Sources.Hanging, Is.EqualTo(1));
            Assert.That((await Client.InspectAsync(stuck)).Process, Is.Null);
            await second.StartAsync(free);
            await second.KillAsync(free, 9);
            await ExitAsync(free, new ExitStatus.Signalled(9));
            hanging.Release();
            Assert.That(() => Runtime.Starter.Sources.Hanging, Is.Zero.After(5000, 10));
        }

        // The server is gone, and with it the path: that is a missing source, which is left out.
        await Client.StartAsync(ContainerId.Parse("stuck:0.0.1"));
        await Client.KillAsync(ContainerId.Parse("stuck:0.0.1"), 9);
        await ExitAsync(ContainerId.Parse("stuck:0.0.1"), new ExitStatus.Signalled(9));
    }

    [Test]
    [Requires(HostFeature.Fuse)]
    public async Task W07_Shutdown_DoesNotWaitForASourceThatHangs()
    {
        await StartAsync();
        Runtime.Starter.Sources.Limit = TimeSpan.FromMilliseconds(300);
        using var hanging = new HangingDirectory(NewPath("hanging"));
        ContainerId stuck = await Client.InstallAsync(TestPackages.Program("stuck", $"  /mnt: {{type: bind, host: {NewPath("hanging")}/inside}}"), "mem");
        Assert.ThrowsAsync<ApiException>(() => Client.StartAsync(stuck));
        await Runtime.StopAsync().WaitAsync(Limit);
    }

    /// <summary>It waits in the kernel for an answer that does not come.</summary>
    [Test]
    [Requires(HostFeature.Fuse)]
    public async Task W07_Shutdown_DoesNotWaitForAProcessThatCannotBeKilled()
    {
        await StartAsync();
        Runtime.EndLimit = TimeSpan.FromMilliseconds(500);
        int init;
        string[] groups;
        using (var hanging = new HangingDirectory(NewPath("hanging")))
        {
            ContainerId stuck = await Client.InstallAsync(
                TestPackages.Program("stuck", $"  /mnt: {{type: bind, host: {NewPath("hanging")}, options: nodev}}"), "mem");
            Task taken = Task.Run(hanging.TakeLookup);
            await Client.StartAsync(stuck, null, ["cat", "/mnt/inside"], new Dictionary<string, string>());
            await taken.WaitAsync(Limit);
            init = (int)(await Client.InspectAsync(stuck)).Process!.Pid;
            groups = System.IO.Directory.GetDirectories("/sys/fs/cgroup", Cgroup, SearchOption.AllDirectories);

            await Runtime.StopAsync().WaitAsync(TimeSpan.FromSeconds(20));

            Assert.That((await EventAsync("ContainerDoesNotDie")).Message, Does.StartWith("stuck:0.0.1: "));
            Assert.That(ProcessTable.Exists(init), Is.True, "it could not be killed");
        }

        Assert.That(() => ProcessTable.Exists(init), Is.False.After((int)Limit.TotalMilliseconds, 10));
        foreach (string group in groups.SelectMany(g => new[] { Path.Combine(g, "stuck"), g }).Where(System.IO.Directory.Exists))
        {
            Assert.That(() => System.IO.Directory.Delete(group), Throws.Nothing.After((int)Limit.TotalMilliseconds, 20));
        }
    }

    [TestCase(MissingBind.Skip, "", true)]
    [TestCase(MissingBind.Error, "", false)]
    [TestCase(MissingBind.Error, "optional: [/mnt]", true)]
    [TestCase(MissingBind.Skip, "optional: [/mnt]", true)]
    [TestCase(MissingBind.Skip, "required: [/mnt]", false)]
    [TestCase(MissingBind.Error, "required: [/mnt]", false)]
    public async Task H31_MissingSource_DoesWhatManifestAndConfigurationSay(MissingBind configured, string extension, bool starts)
    {
        _missingBind = configured;
        await StartAsync();
        ContainerId id = await Client.InstallAsync(
            TestPackages.Program("lacking", "  /mnt: {type: bind, host: /not/there}", extension.Length == 0 ? "" : $"custom: {{northstar: {{{extension}}}}}"), "mem");
        if (starts)
        {
            await Client.StartAsync(id);
            LogCapture.Record warning = await EventAsync("MissingBind");
            Assert.That(warning.Message, Is.EqualTo("lacking:0.0.1: the bind mount /mnt is left out, the host has no /not/there"));
            await Client.KillAsync(id, 9);
            await ExitAsync(id, new ExitStatus.Signalled(9));
        }
        else
        {
            ApiException? failure = Assert.ThrowsAsync<ApiException>(() => Client.StartAsync(id));
            Assert.That(((ApiError.StartContainerFailed)failure!.Error!).Error, Does.StartWith("mount /mnt: ").And.Contain("/not/there").And.Contain("ENOENT"));
        }
    }

    [Test]
    public async Task H30_SiblingThatSwapsComponents_MountsNothingOutsideOfTheImage()
    {
        await StartAsync();
        string shared = System.IO.Directory.CreateDirectory(NewPath("shared")).FullName;
        string victim = System.IO.Directory.CreateDirectory(NewPath("victim")).FullName;
        foreach (string name in new[] { "victim/deep", "shared/a", "shared/a/deep" })
        {
            System.IO.Directory.CreateDirectory(NewPath(name));
        }

        // On the way to the target of the sibling there is a directory, or a link that leads to the host's own, absolute and upwards.
        System.IO.Directory.CreateSymbolicLink(Path.Combine(shared, "b"), $"../../../../../../../..{victim}");
        Npk.Support.Tool.Run("chown", "-R", "1000:1000", shared);
        string[] before = await File.ReadAllLinesAsync("/proc/self/mountinfo");
        ContainerId racer = await Client.InstallAsync(TestPackages.Program("racer", $"  /shared: {{type: bind, host: {shared}, options: rw}}"), "mem");
        await Client.StartAsync(racer, null, ["swap", "/shared/a", "/shared/b"], new Dictionary<string, string>());
        await OutputAsync("^swapping$");
        string mounts = $"  /shared: {{type: bind, host: {shared}}}\n  /shared/a/deep: {{type: tmpfs, size: 64KiB}}";
        ContainerId sibling = await Client.InstallAsync(TestPackages.Program("sibling", mounts), "mem");

        int started = 0, refused = 0;
        for (int i = 0; i < s_races; i++)
        {
            try
            {
                await Client.StartAsync(sibling);
            }
            catch (ApiException e) when (e.Error is ApiError.StartContainerFailed failed)
            {
                Assert.That(failed.Error, Does.StartWith("mount /shared/a/deep: "));
                refused++;
                continue;
            }

            started++;
            int pid = (int)(await Client.InspectAsync(sibling)).Process!.Pid;
            string[] targets = [.. (await File.ReadAllLinesAsync($"/proc/{pid}/mountinfo")).Where(static l => l.Contains(" - tmpfs tmpfs rw,size=64k", StringComparison.Ordinal)).Select(static l => l.Split(' ')[4])];
            Assert.That(targets, Has.Length.EqualTo(1).And.All.AnyOf("/shared/a/deep", "/shared/b/deep"), "the mount lies in the shared directory, under whichever name it has now");
            await Client.KillAsync(sibling, 9);
            await ExitAsync(sibling, new ExitStatus.Signalled(9));
        }

        await TestContext.Out.WriteLineAsync($"{started} starts worked, {refused} were refused");
        Assert.That(await File.ReadAllLinesAsync("/proc/self/mountinfo"), Is.EqualTo(before));
        Assert.That(System.IO.Directory.GetFileSystemEntries(Path.Combine(victim, "deep")), Is.Empty);
        Assert.That((await Client.InspectAsync(racer)).Process, Is.Not.Null, "it raced to the end");
        Assert.That(started, Is.GreaterThan(0));
    }

    [Test]
    public async Task H33_Tmpfs_HasALimitOfInodes()
    {
        await StartAsync();
        ContainerId id = await Client.InstallAsync(TestPackages.Program("filled", "  /tmpfs: {type: tmpfs, size: 1MiB}"), "mem");
        await Client.StartAsync(id);
        int pid = (int)(await Client.InspectAsync(id)).Process!.Pid;
        string line = (await File.ReadAllLinesAsync($"/proc/{pid}/mountinfo")).Single(static l => l.Split(' ')[4] == "/tmpfs");
        Assert.That(line, Does.Contain("size=1024k").And.Contain("nr_inodes=256"));
        string directory = $"/proc/{pid}/root/tmpfs";
        int made = 0;
        Assert.That(
            () =>
            {
                for (; made < 1000; made++)
                {
                    File.WriteAllBytes($"{directory}/{made}", []);
                }
            },
            Throws.InstanceOf<IOException>());
        Assert.That(made, Is.InRange(200, 256));
    }

    [Test]
    public async Task T038_SixteenPackagesInOneRequest_AreAllMounted()
    {
        await StartAsync();
        ContainerId[] ids = new ContainerId[16];
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = await Client.InstallAsync(TestPackages.Program($"sixteen-{i}"), i % 2 == 0 ? "mem" : "fs");
        }

        foreach (int round in new[] { 1, 2, 3 })
        {
            Assert.That((await Client.MountAsync(ids)).Select(static r => r.Error), Is.All.Null, $"{round}");
            foreach (ContainerId id in ids)
            {
                Assert.That((await Client.InspectAsync(id)).Mounted, $"{id}");
            }

            Assert.That((await Client.UmountAsync(ids)).Select(static r => r.Error), Is.All.Null, $"{round}");
        }
    }

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        options.MissingBind = _missingBind;
        return options;
    }

    private static void AssertHangs(ApiException? failure, string path) => Assert.That(
        ((ApiError.StartContainerFailed)failure!.Error!).Error, Is.EqualTo($"open the source of a bind mount, {path}: timed out (ETIMEDOUT)").IgnoreCase);
}
