// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using System.Globalization;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime.Linux;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>The stock executable under a user that is not root, with the capabilities it needs and no other (H2 of the acceptance list).</summary>
[Category("Kernel")]
[NonParallelizable]
[Requires(HostFeature.Root, HostFeature.Loop, HostFeature.MountByDescriptor, HostFeature.SquashfsTools, HostFeature.Samples, HostFeature.Executable, HostFeature.Setpriv)]
internal sealed class LeastPrivilegeTests
{
    private const int Uid = 4711;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);
    private static readonly ContainerId s_container = ContainerId.Parse("test-container:0.0.1");
    private static readonly ContainerId s_resource = ContainerId.Parse("test-resource:0.0.1");

    private static readonly (string Name, int Number)[] s_capabilities =
    [
        ("chown", 0), ("dac_override", 1), ("fowner", 3), ("kill", 5), ("setgid", 6), ("setuid", 7), ("setpcap", 8), ("sys_admin", 21), ("sys_nice", 23),
        ("sys_resource", 24),
    ];

    private LeakCheck _leaks = null!;
    private string _directory = null!;
    private string[] _cgroups = null!;
    private StockRuntime _runtime = null!;
    private NorthstarClient _client = null!;
    private IAsyncEnumerator<Notification> _notifications = null!;

    /// <summary>Gets the capabilities that this machine can give: a container of a build service may lack one.</summary>
    private static (string Name, int Number)[] Given => [.. s_capabilities.Where(static c => CapabilitySet.Has(c.Number))];

    [SetUp]
    public async Task StartAsync()
    {
        _leaks = new LeakCheck();
        _directory = Directory.CreateTempSubdirectory("northstar-test-").FullName;
        string group = $"northstar-{Environment.ProcessId}-priv";
        _cgroups = [.. CgroupRoots().Select(root => Path.Combine(root, group))];
        Array.ForEach(_cgroups, static path => Directory.CreateDirectory(path));
        string address = $"unix://{_directory}/console";
        string configuration = Path.Combine(_directory, "northstar.toml");
        await File.WriteAllTextAsync(configuration, $"""
            run_dir = "{_directory}/run"
            data_dir = "{_directory}/data"
            cgroup = "{group}/runtime"
            [console.global]
            bind = "{address}"
            permissions = "full"
            [repositories.mem]
            type = "mem"
            key = "{TestPackages.KeyFile}"
            """);
        await RunAsync("chown", ["-R", $"{Uid}:{Uid}", _directory, .. _cgroups]);

        string names = string.Join(',', Given.Select(static c => "+" + c.Name));
        _runtime = StockRuntime.Start(
            configuration, address, "setpriv", $"--reuid={Uid}", $"--regid={Uid}", "--clear-groups", "--inh-caps=-all," + names,
            "--ambient-caps=-all," + names, "--bounding-set=-all," + names, "--no-new-privs", "--");
        _client = await _runtime.ConnectAsync(new NorthstarClientOptions { SubscribeNotifications = true });
        _notifications = _client.ReadNotificationsAsync().GetAsyncEnumerator();
        await _client.InstallAsync(TestPackages.Sample("test-container"), "mem");
        await _client.InstallAsync(TestPackages.Sample("test-resource"), "mem");
    }

    [TearDown]
    public async Task StopAsync()
    {
        if (_client is not null)
        {
            await _client.ShutdownAsync();
            await _runtime.Process.WaitForExitAsync().WaitAsync(s_limit);
            Assert.That(_runtime.Process.ExitCode, Is.Zero);
            await _notifications.DisposeAsync();
            await _client.DisposeAsync();
        }

        await _runtime.DisposeAsync();
        Array.ForEach(_cgroups, Directory.Delete);
        Directory.Delete(_directory, recursive: true);
        _leaks.AssertNothingIsLeft();
    }

    [Test]
    public void H02_Runtime_IsNotRootAndHasTheListedCapabilitiesOnly()
    {
        Dictionary<string, string> status = File.ReadLines($"/proc/{_runtime.Process.Id}/status").Select(static l => l.Split(':', 2)).ToDictionary(static p => p[0], static p => p[1].Trim());
        ulong given = Given.Aggregate(0ul, static (set, c) => set | (1ul << c.Number));
        Assert.That(status["Uid"].Split('\t'), Is.All.EqualTo(Uid.ToString(CultureInfo.InvariantCulture)));
        Assert.That(status["CapEff"], Is.EqualTo(given.ToString("x16", CultureInfo.InvariantCulture)));
        Assert.That(status["CapBnd"], Is.EqualTo(given.ToString("x16", CultureInfo.InvariantCulture)));
    }

    [Test]
    public async Task H02_T002_T010_StartAndStop_WithoutRoot()
    {
        Assert.That((await _client.InspectAsync(s_container)).Mounted, Is.False);
        for (int i = 0; i < 10; i++)
        {
            await StartAsync("sleep");
            await _runtime.LineAsync("Sleeping");
            await StopContainerAsync();
        }

        Assert.That((await _client.InspectAsync(s_container)).Mounted, Is.True);
        Assert.That((await _client.InspectAsync(s_resource)).Mounted, Is.True);
    }

    [Test]
    public async Task H02_T060_Resource_WithoutRoot()
    {
        await StartAsync("cat", "/resource/hello");
        string content = (await File.ReadAllTextAsync(Path.Combine(HostProbe.SamplesDirectory, "test-resource", "root", "hello"))).Trim();
        await _runtime.LineAsync(content);
        await StopContainerAsync();
        await _client.UmountAsync(s_container);
        await _client.UmountAsync(s_resource);
        await _client.UninstallAsync(s_container);
        await _client.UninstallAsync(s_resource);
    }

    [Test]
    public async Task H02_T090_T120_Identity_WithoutRoot()
    {
        await StartAsync("inspect");
        await _runtime.LineAsync("getuid: 1000");
        await _runtime.LineAsync("caps bounding: {}");
        await _runtime.LineAsync("caps effective: {}");
        await _runtime.LineAsync("caps permitted: {}");
        await StopContainerAsync();
    }

    [Test]
    public async Task H02_T121_CapabilityThatTheRuntimeLacks_FailsTheStartSayingSo()
    {
        ContainerId id = await _client.InstallAsync(TestPackages.Program("mighty", further: "capabilities: [CAP_SYS_MODULE]"), "mem");
        ApiException? failure = Assert.ThrowsAsync<ApiException>(() => _client.StartAsync(id));
        Assert.That(
            ((ApiError.StartContainerFailed)failure!.Error!).Error,
            Does.StartWith("capabilities ").And.EndsWith("; a capability that the runtime, or the kernel, does not have cannot be given"));
        Assert.That((await _client.InspectAsync(id)).Process, Is.Null);
    }

    [Test]
    public async Task H02_DeviceNodes_WorkWithoutTheRightToMakeThem()
    {
        await StartAsync("write", "hello", "/dev/null");
        await _runtime.LineAsync("Sleeping");
        await StopContainerAsync();
        await StartAsync("stat", "/dev/zero");
        Assert.That(await _runtime.LineAsync("666"), Does.Contain("char"));
        await StopContainerAsync();
    }

    [Test]
    public async Task H02_U10_NodeOfARule_IsThereWithoutTheRightToMakeIt()
    {
        string package = TestPackages.Program("ruled", further: "custom: {northstar: {devices: [{path: /dev/loop-control}]}}");
        ContainerId id = await _client.InstallAsync(package, "mem");
        await _client.StartAsync(id, null, ["stat", "/dev/loop-control"], new Dictionary<string, string>());
        Assert.That(await _runtime.LineAsync("/dev/loop-control: mode"), Does.Contain("character device"));
        await _client.KillAsync(id, 15);
        await ExitedAsync(id);
        await _client.StartAsync(id, null, ["write", "hello", "/dev/null"], new Dictionary<string, string>());
        await _runtime.LineAsync("Sleeping");
        await _client.KillAsync(id, 15);
        await ExitedAsync(id);
    }

    [Test]
    public async Task H58_Runtime_IsNotDumpable()
    {
        // Its files in procfs belong to root then, and not to its user.
        Assert.That((await RunAsync("stat", ["-c", "%u", $"/proc/{_runtime.Process.Id}/environ"])).Trim(), Is.EqualTo("0"));
        using Process reader = Process.Start(new ProcessStartInfo("setpriv", [$"--reuid={Uid}", $"--regid={Uid}", "--clear-groups", "cat", $"/proc/{_runtime.Process.Id}/environ"]) { RedirectStandardError = true })!;
        Assert.That(await reader.StandardError.ReadToEndAsync(), Does.Contain("denied"));
        await reader.WaitForExitAsync();
    }

    [Test]
    public async Task H02_PersistDirectory_BelongsToTheContainer()
    {
        await StartAsync("write", "hello", "/data/file");
        await _runtime.LineAsync("Sleeping");
        string owner = await RunAsync("stat", ["-c", "%u:%g", Path.Combine(_directory, "data", "test-container")]);
        Assert.That(owner.Trim(), Is.EqualTo("1000:1000"));
        await StopContainerAsync();
    }

    private Task StartAsync(params string[] arguments) => _client.StartAsync(s_container, null, arguments, new Dictionary<string, string>());

    private async Task StopContainerAsync()
    {
        await _client.KillAsync(s_container, 15);
        await ExitedAsync(s_container);
    }

    private async Task ExitedAsync(ContainerId container)
    {
        Notification? notification;
        do
        {
            Assert.That(await _notifications.MoveNextAsync().AsTask().WaitAsync(s_limit));
            notification = _notifications.Current;
        }
        while (notification is not Notification.Exit);
        Assert.That(notification, Is.EqualTo(new Notification.Exit(container, new ExitStatus.Signalled(15))));
    }

    /// <summary>The roots of the hierarchies that the runtime uses; one that other controllers share is named once.</summary>
    private static IEnumerable<string> CgroupRoots() =>
        CgroupProbes.Find().Select(static h => h.Root);

    private static async Task<string> RunAsync(string program, string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.That(process.ExitCode, Is.Zero, program);
        return output;
    }
}
