// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Theme A2: start and stop.</summary>
internal sealed class LifecycleTests : RuntimeFixture
{
    [Test]
    public async Task T002_StartAndStop_TenTimes()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        for (int round = 0; round < 10; round++)
        {
            await StartIdleAsync("sleep");
            await StopAsync(TestContainer);
            await EventAsync("ContainerExited");
        }
    }

    [Test]
    public async Task T003_T004_MalformedId_IsRefusedInTheClient()
    {
        await using NorthstarClient client = await ConnectAsync();
        Assert.That(() => client.KillAsync("foo:0.0.1:default", 15), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => client.StartAsync("unknown_application:0.0.12:asdf"), Throws.InstanceOf<ArgumentException>());
        Assert.That((await client.IdentAsync()).ToString(), Is.EqualTo("extern:0.0.0"));
    }

    [Test]
    public void T005_UnknownContainer_IsInvalid()
    {
        ContainerId unknown = ContainerId.Parse("foo:0.0.1");
        var expected = new ApiError.InvalidContainer(unknown);
        Assert.That(() => Client.StartAsync(unknown), ThrowsError(expected));
        Assert.That(() => Client.KillAsync(unknown, 15), ThrowsError(expected));
        Assert.That(() => Client.InspectAsync(unknown), ThrowsError(expected));
        Assert.That(() => Client.UninstallAsync(unknown), ThrowsError(expected));
    }

    [Test]
    public async Task T006_DoubleStart_IsRefusedAndHarmsNothing()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        await StartIdleAsync("sleep");
        uint pid = (await Client.InspectAsync(TestContainer)).Process!.Pid;

        Assert.That(() => Client.StartAsync(TestContainer), ThrowsError(new ApiError.StartContainerStarted(TestContainer)));

        Assert.That((await Client.InspectAsync(TestContainer)).Process!.Pid, Is.EqualTo(pid));
    }

    [Test]
    public async Task T007_OtherVersion_IsRefusedNamingTheRunningOne()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        ContainerId other = await Client.InstallAsync(
            TestPackages.Patched("test-container", NewPath("other.npk"), ("version: 0.0.1\ninit", "version: 0.0.2\ninit")), "mem");
        await StartIdleAsync("sleep");

        Assert.That(() => Client.StartAsync(other), ThrowsError(new ApiError.StartContainerStarted(TestContainer)));
    }

    [Test]
    public async Task T008_Resource_CannotBeStarted()
    {
        await InstallAsync("mem", "test-resource");
        Assert.That(() => Client.StartAsync(TestResource), ThrowsError(new ApiError.StartContainerResource(TestResource)));
    }

    [Test]
    public async Task T009_Start_IsNotifiedAndInspected()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        await StartIdleAsync("sleep");
        Assert.That(await NotificationAsync<Notification.Started>(), Is.EqualTo(new Notification.Started(TestContainer)));

        InspectData first = await Client.InspectAsync(TestContainer);
        InspectData second = await Client.InspectAsync(TestContainer);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.Mounted, Is.True);
            Assert.That(first.Integrity, Is.EqualTo("sealed-memory"));
            Assert.That(first.Process!.Pid, Is.GreaterThan(0));
            Assert.That(first.Process.Statistics.ToJson().TryGetProperty("memory", out _), Is.True);
            Assert.That(second.Process!.UptimeNanoseconds, Is.GreaterThan(first.Process.UptimeNanoseconds));
        }

        await StopAsync(TestContainer);
        InspectData after = await Client.InspectAsync(TestContainer);
        Assert.That(after.Process, Is.Null);
        Assert.That(after.Mounted, Is.True);
    }

    [Test]
    public async Task T010_Start_MountsAndStopDoesNotUnmount()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        Assert.That((await Client.InspectAsync(TestContainer)).Mounted, Is.False);
        Assert.That((await Client.InspectAsync(TestResource)).Mounted, Is.False);

        await StartIdleAsync("sleep");
        await StopAsync(TestContainer);

        Assert.That((await Client.InspectAsync(TestContainer)).Mounted, Is.True);
        Assert.That((await Client.InspectAsync(TestResource)).Mounted, Is.True);
    }

    [Test]
    public async Task Resource_WithAnInitOfTheRequest_Runs()
    {
        string root = Path.Combine(HostProbe.SamplesDirectory, "test-container", "root");
        ContainerId id = await Client.InstallAsync(TestPackages.Pack("name: tools\nversion: 0.0.1\nuid: 1000\ngid: 1000\n", root, NewPath("tools.npk")), "mem");
        await Client.StartAsync(id, "/test-container", ["exit", "7"], new Dictionary<string, string>());
        await ExitAsync(id, new ExitStatus.Exit(7));
    }

    [TestCase("/nope", "ENOENT")]
    [TestCase("/resource/hello", "EACCES")]
    [TestCase("/tmpfs", "EACCES")]
    public async Task T011_ProgramThatCannotBeExecuted_FailsTheStartAndNothingElse(string program, string errno)
    {
        await InstallAsync("mem", "test-container", "test-resource");

        ApiException? failure = Assert.ThrowsAsync<ApiException>(() => Client.StartAsync(TestContainer, program, [], new Dictionary<string, string>()));

        var error = (ApiError.StartContainerFailed)failure!.Error!;
        Assert.That(error.Container, Is.EqualTo(TestContainer));
        Assert.That(error.Error, Does.StartWith($"execve {program}: ").And.Contain(errno));
        Assert.That(TakeNotifications().Where(static n => n is Notification.Started or Notification.Exit), Is.Empty);
        InspectData data = await Client.InspectAsync(TestContainer);
        Assert.That(data.Mounted, Is.True);
        Assert.That(data.Process, Is.Null);
        Assert.That(System.IO.Directory.Exists($"/sys/fs/cgroup/memory/{Cgroup}/test-container"), Is.False);
        await StartIdleAsync("sleep");
    }

    [Test]
    public async Task T011_FileThatIsNoProgram_FailsWithEnoexec()
    {
        string root = NewPath("root");
        System.IO.Directory.CreateDirectory(root);
        await File.WriteAllTextAsync(Path.Combine(root, "text"), "no program\n");
        File.SetUnixFileMode(Path.Combine(root, "text"), (UnixFileMode)0b111_101_101);
        ContainerId id = await Client.InstallAsync(
            TestPackages.Pack("name: text\nversion: 0.0.1\ninit: /text\nuid: 1000\ngid: 1000\n", root, NewPath("text.npk")), "mem");

        ApiException? failure = Assert.ThrowsAsync<ApiException>(() => Client.StartAsync(id));

        Assert.That(failure!.Message, Does.Contain("execve /text").And.Contain("ENOEXEC"));
    }

    [Test]
    public async Task T012_MountThatFails_FailsTheStartWithTargetAndErrno()
    {
        await InstallAsync("mem", "test-resource");
        ContainerId id = await Client.InstallAsync(
            TestPackages.Patched("test-container", NewPath("broken.npk"), ("name: test-container", "name: broken"), ("host: /lib64", "host: /etc/passwd")), "mem");

        ApiException? failure = Assert.ThrowsAsync<ApiException>(() => Client.StartAsync(id));

        Assert.That(((ApiError.StartContainerFailed)failure!.Error!).Error, Does.StartWith("mount /lib64: ").And.EndsWith("(EINVAL); is one of source and target a file, and the other a directory?"));
        await InstallAsync("mem", "test-container");
        await StartIdleAsync("sleep");
    }

    [Test]
    public async Task T013_List_NamesWhatIsInstalled()
    {
        Assert.That(await Client.ListAsync(), Is.Empty);
        await InstallAsync("mem", "test-container", "test-resource", "hello-world");
        Assert.That((await Client.ListAsync()).Select(static c => c.ToString()), Is.EquivalentTo(["test-container:0.0.1", "test-resource:0.0.1", "hello-world:0.0.1"]));
    }

    [Test]
    public async Task T014_Shutdown_KillsUnmountsAndEnds()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        await StartIdleAsync("sleep");

        await Client.ShutdownAsync();
        await Runtime.Completion.WaitAsync(Limit);

        await NotificationAsync<Notification.Shutdown>();
        await EventAsync("ShutdownComplete");
        Assert.That(System.IO.Directory.EnumerateFileSystemEntries(RunDirectory), Is.Empty);
        Assert.That(System.IO.Directory.GetDirectories("/sys/fs/cgroup", Cgroup, SearchOption.AllDirectories), Is.Empty);
        Assert.That(File.Exists(ConsolePath), Is.False);
    }

    [Test]
    public async Task DifferentContainers_StartAtTheSameTime()
    {
        var ids = new List<ContainerId>();
        for (int i = 0; i < 8; i++)
        {
            string manifest = $"name: parallel-{i}\nversion: 0.0.1\ninit: /test-container\nuid: 1000\ngid: 1000\nio: {{stdout: pipe, stderr: pipe}}\n";
            ids.Add(await Client.InstallAsync(
                TestPackages.Pack(manifest, Path.Combine(HostProbe.SamplesDirectory, "test-container", "root"), NewPath($"{i}.npk")), "mem"));
        }

        NorthstarClient[] clients = await Task.WhenAll(ids.Select(_ => ConnectAsync()));
        await Task.WhenAll(ids.Zip(clients, static (id, client) => client.StartAsync(id)));

        Assert.That((await Task.WhenAll(ids.Select(id => Client.InspectAsync(id)))).Select(static d => d.Process), Has.None.Null);
        await Task.WhenAll(ids.Zip(clients, static (id, client) => client.KillAsync(id, 9)));
        await Task.WhenAll(clients.Select(static c => c.DisposeAsync().AsTask()));
    }

    [Test]
    public async Task Launcher_Killed_IsStartedAgainAndTheContainerEnds()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        await StartIdleAsync("sleep");
        int init = (int)(await Client.InspectAsync(TestContainer)).Process!.Pid;
        string parent = (await File.ReadAllLinesAsync($"/proc/{init}/status")).First(static l => l.StartsWith("PPid:", StringComparison.Ordinal))[5..].Trim();

        using (Process launcher = Process.GetProcessById(int.Parse(parent, System.Globalization.CultureInfo.InvariantCulture)))
        {
            launcher.Kill();
        }

        await ExitAsync(TestContainer, new ExitStatus.Signalled(9));
        await EventAsync("LauncherEnded");
        Assert.That(async () =>
        {
            await StartIdleAsync("sleep");
        }, Throws.Nothing.After(2000, 50));
    }

    internal static NUnit.Framework.Constraints.IResolveConstraint ThrowsError(ApiError error) =>
        Throws.TypeOf<ApiException>().With.Property(nameof(ApiException.Error)).EqualTo(error);
}
