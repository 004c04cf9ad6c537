// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Api;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>What a container sees from inside: mounts, ids, capabilities, descriptors, environment.</summary>
internal sealed class ViewTests : RuntimeFixture
{
    [Test]
    public async Task Inspect_ShowsExactlyWhatTheManifestSays()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        JsonElement view = await InspectFromInsideAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(view.GetProperty("getpid").GetInt32(), Is.EqualTo(2));
            Assert.That(view.GetProperty("getppid").GetInt32(), Is.EqualTo(1));
            Assert.That(view.GetProperty("getuid").GetInt32(), Is.EqualTo(1000));
            Assert.That(view.GetProperty("getgid").GetInt32(), Is.EqualTo(1000));
            Assert.That(view.GetProperty("getsid").GetInt32(), Is.EqualTo(1));
            Assert.That(view.GetProperty("getgroups").EnumerateArray(), Is.Empty);
            Assert.That(view.GetProperty("pwd").GetString(), Is.EqualTo("/"));
            foreach (string set in new[] { "ambient", "bounding", "effective", "inheritable", "permitted" })
            {
                Assert.That(view.GetProperty($"caps {set}").EnumerateArray(), Is.Empty, set);
            }

            Assert.That(view.GetProperty("sched_getscheduler").GetInt32(), Is.EqualTo(1), "SCHED_FIFO");
            Assert.That(view.GetProperty("sched_priority").GetInt32(), Is.EqualTo(11));
            Assert.That(Text(view, "NoNewPrivs"), Is.EqualTo("1"));
            Assert.That(Text(view, "Seccomp"), Is.EqualTo("2"));
        }
    }

    [Test]
    public async Task T040_T041_T043_T046_T050_Mounts_AreThoseOfTheManifest()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        JsonElement view = await InspectFromInsideAsync();
        Dictionary<string, JsonElement> mounts = view.GetProperty("/proc/self/mounts").EnumerateArray().ToDictionary(static m => m.GetProperty("target").GetString()!);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Options(mounts["/"]), Does.StartWith("ro,nosuid,nodev"));
            Assert.That(mounts["/"].GetProperty("type").GetString(), Is.EqualTo("squashfs"));
            Assert.That(Options(mounts["/proc"]), Does.StartWith("ro,nosuid,nodev,noexec"));
            Assert.That(mounts["/proc"].GetProperty("source").GetString(), Is.EqualTo("proc"));
            Assert.That(mounts["/proc"].GetProperty("type").GetString(), Is.EqualTo("proc"));
            Assert.That(Options(mounts["/resource"]), Does.StartWith("ro,nosuid,nodev,noexec"));
            Assert.That(mounts["/resource"].GetProperty("source").GetString(), Does.StartWith("/"));
            Assert.That(mounts["/resource"].GetProperty("type").GetString(), Is.EqualTo("squashfs"));
            Assert.That(Options(mounts["/data"]), Does.StartWith("rw,nosuid,nodev,noexec"));
            Assert.That(mounts["/tmpfs"].GetProperty("type").GetString(), Is.EqualTo("tmpfs"));
            Assert.That(Options(mounts["/tmpfs"]), Does.StartWith("rw,nosuid,nodev,noexec").And.Contain("size=20000k"));
            Assert.That(Options(mounts["/lib"]), Does.StartWith("ro,nosuid,nodev"));
            Assert.That(
                mounts.Keys.Where(static t => !t.StartsWith("/proc/", StringComparison.Ordinal)),
                Is.EquivalentTo(["/", "/dev", "/proc", "/data", "/lib", "/lib64", "/tmpfs", "/resource", "/unix-sockets"]));
        }
    }

    [Test]
    public async Task T047_Persist_SurvivesARestart()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        await StartIdleAsync("write", "hello", "/data/f");
        await StopAsync(TestContainer);
        await StartTestContainerAsync("cat", "/data/f");
        await OutputAsync("^hello");
        string directory = Path.Combine(DataDirectory, "test-container");
        Assert.That(File.GetUnixFileMode(directory), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
    }

    [Test]
    public async Task T060_Resource_IsRead()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        string text = (await File.ReadAllTextAsync(Path.Combine(HostProbe.SamplesDirectory, "test-resource", "root", "hello"))).Trim();
        await StartTestContainerAsync("cat", "/resource/hello");
        await OutputAsync(System.Text.RegularExpressions.Regex.Escape(text));
        await StopAsync(TestContainer);
        await Client.UninstallAsync(TestContainer);
        await Client.UninstallAsync(TestResource);
    }

    [Test]
    public async Task T061_MissingResource_IsNamed()
    {
        await InstallAsync("mem", "test-container");
        Assert.That(
            () => Client.StartAsync(TestContainer),
            LifecycleTests.ThrowsError(new ApiError.StartContainerMissingResource(TestContainer, TestResource.Name, ">=0.0.1")));
    }

    [Test]
    public async Task T043_Root_IsReadOnly()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        await StartTestContainerAsync("touch", "/x");
        await ExitAsync(TestContainer, new ExitStatus.Exit(1));
    }

    [Test]
    public async Task T095_Descriptors_AreStandardStreamsAndSockets()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        JsonElement view = await InspectFromInsideAsync();
        Assert.That(view.GetProperty("environment").EnumerateObject().Select(static v => v.Name), Is.EquivalentTo(
        [
            "NORTHSTAR_CONTAINER", "NORTHSTAR_NAME", "NORTHSTAR_VERSION", "NORTHSTAR_SOCKET_datagram", "NORTHSTAR_SOCKET_stream",
            "NORTHSTAR_SOCKET_seq-packet", "NORTHSTAR_SOCKET_no_permission",
        ]));
        Assert.That(view.GetProperty("total").GetInt32(), Is.EqualTo(7));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(10)]
    [TestCase(127)]
    [TestCase(128)]
    [TestCase(255)]
    public async Task T021_ExitCode_IsReported(int code)
    {
        await InstallAsync("mem", "test-container", "test-resource");
        await StartTestContainerAsync("exit", $"{code}");
        await ExitAsync(TestContainer, new ExitStatus.Exit(code));
    }

    [Test]
    public async Task T022_T024_Signals_AreReported()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        await StartTestContainerAsync("abort");
        await ExitAsync(TestContainer, new ExitStatus.Signalled(6));
        await StartIdleAsync("fork-child");
        int[] processes = ProcessTable.Tree((int)(await Client.InspectAsync(TestContainer)).Process!.Pid);
        Assert.That(processes, Has.Length.EqualTo(3), "init, the program and its child");
        await Client.KillAsync(TestContainer, 9);
        await ExitAsync(TestContainer, new ExitStatus.Signalled(9));
        Assert.That(processes.Where(ProcessTable.Exists), Is.Empty);
    }

    [Test]
    public async Task T025_T026_WrongKill_IsRefused()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        Assert.That(() => Client.KillAsync(TestContainer, 15), LifecycleTests.ThrowsError(new ApiError.StopContainerNotStarted(TestContainer)));
        await StartIdleAsync("sleep");
        foreach (int signal in new[] { 0, 32, 1000, -1 })
        {
            ApiException? failure = Assert.ThrowsAsync<ApiException>(() => Client.KillAsync(TestContainer, signal));
            Assert.That(failure!.Error, Is.TypeOf<ApiError.Unexpected>());
        }

        Assert.That((await Client.InspectAsync(TestContainer)).Process, Is.Not.Null);
    }

    [Test]
    public async Task Output_OfALongLineWithoutEnd_IsCutAndEscaped()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        await StartTestContainerAsync("print", "a\u001b[31mred");
        await OutputAsync(@"^a\\u001b\[31mred$");
    }

    private static string Options(JsonElement mount) => mount.GetProperty("options").ValueKind == JsonValueKind.Array
        ? string.Join(',', mount.GetProperty("options").EnumerateArray().Select(static o => o.GetString()))
        : mount.GetProperty("options").GetString()!;

    private static string Text(JsonElement view, string name) => view.GetProperty(name).ToString();
}
