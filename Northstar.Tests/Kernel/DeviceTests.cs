// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Tests.Npk.Support;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Which devices a container can make and open.</summary>
[Requires(HostFeature.DeviceCgroup)]
internal sealed class DeviceTests : RuntimeFixture
{
    private static readonly ContainerId s_container = ContainerId.Parse("devices:0.0.1");

    /// <summary>A directory of the host with nodes that everybody may open: /dev/null, and those of loop devices, which only the filter keeps away.</summary>
    private string Nodes => NewPath("nodes");

    [TestCase("[]")]
    [TestCase("[CAP_MKNOD]")]
    public async Task H34_H35_Node_CannotBeMade(string capabilities)
    {
        await InstallAsync(capabilities, "");
        await Client.StartAsync(s_container, null, ["mknod", "/nodes/disk", "b", "8", "0"], new Dictionary<string, string>());
        await OutputAsync("^mknod /nodes/disk: errno 1$");
        await StopAsync(s_container);
        Assert.That(File.Exists(Path.Combine(Nodes, "disk")), Is.False);
    }

    [Test]
    public async Task H34_H35_NodeThatIsThere_OpensOnlyIfGranted()
    {
        await InstallAsync("[CAP_MKNOD, CAP_DAC_OVERRIDE, CAP_SYS_ADMIN]", "");
        await OpenAsync();
        await OutputAsync("^open r /nodes/null: errno 0$");
        await OutputAsync("^open r /nodes/control: errno 1$");
        await OutputAsync("^open r /nodes/loop: errno 1$");
        await OutputAsync("^open r /dev/zero: errno 0$");
    }

    [Test]
    public async Task H35_RuleForMakingNodes_DoesNotOpenThem()
    {
        await InstallAsync("[CAP_MKNOD]", "custom: {northstar: {devices: [{type: char, major: 10, minor: 237, access: m}]}}\n");
        await Client.StartAsync(s_container, null, ["mknod", "/nodes/made", "c", "10", "237"], new Dictionary<string, string>());
        await OutputAsync("^mknod /nodes/made: errno 0$");
        await StopAsync(s_container);
        await Client.StartAsync(s_container, null, ["open", "r", "/nodes/made"], new Dictionary<string, string>());
        await OutputAsync("^open r /nodes/made: errno 1$");
    }

    [TestCase("{type: char, major: 10, minor: 237, access: r}", 0, 1)]
    [TestCase("{type: char, major: 10}", 0, 1)]
    [TestCase("{type: block, major: 10, minor: 237}", 1, 1)]
    [TestCase("{type: block, major: 7}", 1, 0)]
    public async Task U10_Rule_OpensItsDevicesAlone(string rule, int control, int loop)
    {
        await InstallAsync("[]", $"custom: {{northstar: {{devices: [{rule}]}}}}\n");
        await OpenAsync();
        await OutputAsync($"^open r /nodes/control: errno {control}$");
        // A loop device without a backing file can be opened.
        await OutputAsync($"^open r /nodes/loop: errno {loop}$");
    }

    [Test]
    public async Task H35_RuleToRead_DoesNotWrite()
    {
        await InstallAsync("[]", "custom: {northstar: {devices: [{type: char, major: 10, minor: 237, access: r}]}}\n");
        await Client.StartAsync(s_container, null, ["open", "w", "/nodes/control", "/nodes/null"], new Dictionary<string, string>());
        await OutputAsync("^open w /nodes/control: errno 1$");
        await OutputAsync("^open w /nodes/null: errno 0$");
    }

    [Test]
    public async Task H33_BindOfTheHostsDevices_WorksWithoutNodev([Values] bool nodev)
    {
        await InstallAsync("[CAP_MKNOD]", "", $"  /hostdev: {{type: bind, host: /dev{(nodev ? ", options: nodev" : "")}}}\n");
        await Client.StartAsync(s_container, null, ["open", "r", "/hostdev/null", "/hostdev/full"], new Dictionary<string, string>());
        await OutputAsync($"^open r /hostdev/null: errno {(nodev ? 13 : 0)}$");
        await OutputAsync($"^open r /hostdev/full: errno {(nodev ? 13 : 0)}$");
        await StopAsync(s_container);
        await Client.StartAsync(s_container, null, ["mknod", "/nodes/disk", "b", "8", "0"], new Dictionary<string, string>());
        await OutputAsync("^mknod /nodes/disk: errno 1$");
    }

    [Test]
    public async Task H31_RuleForAMissingNode_FailsTheStartNamingIt()
    {
        await InstallAsync("[]", "custom: {northstar: {devices: [{path: /dev/no-such-device}]}}\n");
        ApiException? failure = Assert.ThrowsAsync<ApiException>(() => Client.StartAsync(s_container));
        Assert.That(((ApiError.StartContainerFailed)failure!.Error!).Error, Does.Contain("/dev/no-such-device").And.Contain("ENOENT"));
    }

    [Test]
    public async Task U10_RuleForANode_ShowsItInDev()
    {
        string directory = $"/dev/northstar-{Environment.ProcessId}";
        System.IO.Directory.CreateDirectory(directory);
        try
        {
            Tool.Run("mknod", "-m", "640", directory + "/control", "c", "10", "237");
            await InstallAsync("[]", $"custom: {{northstar: {{devices: [{{path: {directory}/control, access: r}}, {{path: /dev/zero}}, {{path: /dev/loop-control}}]}}}}\nsuppl_groups: [root]\n");
            string[] paths = [directory + "/control", "/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/random", "/dev/urandom"];
            await Client.StartAsync(s_container, null, ["open", "r", .. paths], new Dictionary<string, string>());
            foreach (string path in paths)
            {
                await OutputAsync($"^open r {path}: errno {(path == "/dev/tty" ? 6 : 0)}$");
            }

            await StopAsync(s_container);
            await Client.StartAsync(s_container, null, ["stat", "/dev/loop-control"], new Dictionary<string, string>());
            await OutputAsync("^/dev/loop-control: mode .*character device$");
            await StopAsync(s_container);

            // Owner and mode are those of the host, and what is not granted stays closed.
            await Client.StartAsync(s_container, null, ["open", "w", directory + "/control"], new Dictionary<string, string>());
            await OutputAsync($"^open w {directory}/control: errno (1|13)$");
            await StopAsync(s_container);
            await Client.StartAsync(s_container, null, ["touch", "/dev/new"], new Dictionary<string, string>());
            await ExitAsync(s_container, new ExitStatus.Exit(1));
        }
        finally
        {
            System.IO.Directory.Delete(directory, recursive: true);
        }
    }

    private Task OpenAsync() => Client.StartAsync(
        s_container, null, ["open", "r", "/nodes/null", "/nodes/control", "/nodes/loop", "/dev/zero"], new Dictionary<string, string>());

    private Task<ContainerId> InstallAsync(string capabilities, string custom, string mounts = "")
    {
        System.IO.Directory.CreateDirectory(Nodes);
        Tool.Run("chown", "1000:1000", Nodes);
        Tool.Run("mknod", "-m", "666", Path.Combine(Nodes, "null"), "c", "1", "3");
        Tool.Run("mknod", "-m", "666", Path.Combine(Nodes, "control"), "c", "10", "237");
        Tool.Run("mknod", "-m", "666", Path.Combine(Nodes, "loop"), "b", "7", "0");
        return Client.InstallAsync(
            TestPackages.Pack(
                $"name: devices\nversion: 0.0.1\ninit: /test-container\nuid: 1000\ngid: 1000\nio: {{stdout: pipe, stderr: pipe}}\ncapabilities: {capabilities}\n{custom}"
                + $"mounts:\n  /dev: {{type: dev}}\n  /nodes: {{type: bind, host: {Nodes}, options: rw}}\n{mounts}",
                Path.Combine(HostProbe.SamplesDirectory, "test-container", "root"),
                NewPath("devices.npk")),
            "mem");
    }
}
