// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Every example of docs/manifest.md is packed with the test program, started, and seen to do what it says.</summary>
internal sealed partial class ManifestExampleTests : RuntimeFixture
{
    private static readonly ContainerId s_id = ContainerId.Parse("example:1.0.0");

    private readonly Dictionary<string, Func<Task>> _checks;

    private ManifestExample _example = null!;

    public ManifestExampleTests() => _checks = new Dictionary<string, Func<Task>>
    {
        ["The manifest: a resource"] = ResourceIsMountedAsync,
        ["The manifest: the base of the examples"] = BaseIsPlainAsync,
        ["init, args and env"] = ArgumentsAndEnvironmentArriveAsync,
        ["uid, gid and suppl_groups"] = IdsAreThoseAsync,
        ["mounts: bind"] = () => MountIsAsync("/lib", "ro", "nosuid", "nodev"),
        ["mounts: bind, to write"] = () => MountIsAsync("/exchange", "rw", "nosuid", "nodev", "noexec"),
        ["mounts: bind, with what is mounted below"] = SubmountsAreThereAsync,
        ["mounts: dev"] = DeviceNodesAreThereAsync,
        ["mounts: persist"] = DataStaysAsync,
        ["mounts: resource"] = HighestMatchIsMountedAsync,
        ["mounts: sockets"] = SocketDirectoryIsThereAsync,
        ["mounts: sysfs"] = () => MountIsAsync("/sys", "ro", "nosuid", "nodev", "noexec"),
        ["mounts: tmpfs"] = SizesAreThoseAsync,
        ["io"] = ErrorsAreDiscardedAsync,
        ["network: the host's"] = async () => Assert.That(Namespace(await ViewAsync(), "net"), Is.EqualTo(OwnNetwork)),
        ["network: by name"] = NamedNetworkIsJoinedAsync,
        ["capabilities"] = CapabilitiesAreInEverySetAsync,
        ["seccomp: the default profile"] = () => DeleteModuleIsAsync([], ["0", "1"]),
        ["seccomp: any"] = () => DeleteModuleIsAsync(["0", "1", "7"], []),
        ["seccomp: values"] = () => DeleteModuleIsAsync(["512", "2048"], ["0", "2560"]),
        ["seccomp: mask"] = () => DeleteModuleIsAsync(["0", "512", "2560"], ["1", "513"]),
        ["seccomp: values and mask"] = () => DeleteModuleIsAsync(["1", "6"], ["7", "8"]),
        ["rlimits"] = LimitsAreThoseAsync,
        ["rlimits: no hard limit"] = HardLimitIsOpenAsync,
        ["sched: other"] = () => SchedulingIsAsync(policy: 0, priority: 0, nice: 10),
        ["sched: batch"] = () => SchedulingIsAsync(policy: 3, priority: 0, nice: 5),
        ["sched: idle"] = () => SchedulingIsAsync(policy: 5, priority: 0, nice: 0),
        ["sched: fifo"] = () => SchedulingIsAsync(policy: 1, priority: 11, nice: 0),
        ["sched: round_robin"] = () => SchedulingIsAsync(policy: 2, priority: 10, nice: 0),
        ["cgroups: memory"] = MemoryIsLimitedAsync,
        ["cgroups: cpu"] = CpuIsLimitedAsync,
        ["cgroups: blkio"] = BlockIoIsThrottledAsync,
        ["cgroups: parent"] = GroupIsBelowTheParentAsync,
        ["cgroups: attrs"] = AttributesAreWrittenAsync,
        ["sockets"] = SocketsAreMadeAsync,
        ["console: some permissions"] = ConsoleIsInheritedAsync,
        ["console: all permissions"] = ConsoleIsInheritedAsync,
        ["autostart: relaxed"] = RunsAndItsEndDoesNotMatterAsync,
        ["autostart: critical"] = RunsAndItsEndEndsTheRuntimeAsync,
        ["selinux"] = RootHasItsLabelAsync,
        ["custom"] = InspectShowsItAsync,
        ["Extensions"] = ExtensionsAreInForceAsync,
    };

    private static IEnumerable<TestCaseData<ManifestExample>> Examples() =>
        ManifestExample.All.Select(static e => new TestCaseData<ManifestExample>(e) { TestName = $"Example({e.Name})" });

    [TestCaseSource(nameof(Examples))]
    public async Task Example_Started_IsInForce(ManifestExample example)
    {
        _example = example;
        Assert.That(_checks, Does.ContainKey(example.Name), "every example has a check");
        await _checks[example.Name]();
    }

    /// <summary>Packs the example with the test program.</summary>
    private string Pack()
    {
        string root = System.IO.Directory.CreateDirectory(NewPath("root")).FullName;
        if (_example.Fields.Contains("name") && !_example.Fields.Contains("init"))
            File.WriteAllText(Path.Combine(root, "font"), "of the resource");
        else
            File.Copy(Path.Combine(HostProbe.SamplesDirectory, "test-container", "root", "test-container"), Path.Combine(root, "app"));
        return TestPackages.Pack(_example.Text, root, NewPath("example.npk"));
    }

    /// <summary>Installs the example if it is not, and starts its program with these arguments.</summary>
    private async Task RunAsync(params string[] arguments)
    {
        if (!(await Client.ListAsync()).Contains(s_id))
            await Client.InstallAsync(Pack(), "mem");
        await Client.StartAsync(s_id, null, arguments, new Dictionary<string, string>());
    }

    /// <summary>Runs the example and returns what it sees from inside. It goes on running.</summary>
    private async Task<JsonElement> ViewAsync()
    {
        await RunAsync("inspect", "--json");
        string json = (await OutputAsync(@"^\{")).Message;
        return JsonDocument.Parse(json[json.IndexOf('{', StringComparison.Ordinal)..]).RootElement;
    }

    private async Task<uint> InitAsync() => (await Client.InspectAsync(s_id)).Process!.Pid;

    private async Task ResourceIsMountedAsync()
    {
        await Client.InstallAsync(Pack(), "mem");
        var id = ContainerId.Parse("fonts:1.0.0");
        Assert.That((await Client.MountAsync(id)).Error, Is.Null);
        Assert.That((await Client.InspectAsync(id)).Mounted, Is.True);
        ApiException? failure = Assert.ThrowsAsync<ApiException>(() => Client.StartAsync(id));
        Assert.That(failure!.Error, Is.TypeOf<ApiError.StartContainerResource>());
    }

    private async Task BaseIsPlainAsync()
    {
        JsonElement view = await ViewAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(view.GetProperty("getuid").GetInt32(), Is.EqualTo(1000));
            Assert.That(view.GetProperty("getgid").GetInt32(), Is.EqualTo(1000));
            Assert.That(view.GetProperty("getgroups").EnumerateArray(), Is.Empty);
            Assert.That(view.GetProperty("Seccomp").GetInt32(), Is.EqualTo(2));
            Assert.That(Names(view, "caps permitted"), Is.Empty);
            Assert.That(Namespace(view, "net"), Is.Not.EqualTo(OwnNetwork));
            Assert.That(Options(view, "/"), Does.Contain("ro").And.Contain("nosuid").And.Contain("nodev"));
            Assert.That(Options(view, "/proc"), Does.Contain("ro"));
        }
    }

    private async Task InspectShowsItAsync()
    {
        await Client.InstallAsync(Pack(), "mem");
        JsonElement custom = (await Client.InspectAsync(s_id)).Manifest.Custom!.Value;
        Assert.That(custom.GetRawText(), Is.EqualTo("""{"owner":"navigation","tests":["smoke","load"]}"""));
    }

    private static string[] Names(JsonElement view, string property) => [.. view.GetProperty(property).EnumerateArray().Select(static e => e.GetString()!)];
}
