// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Starts of a container that fail: the error names step, object and cause, and nothing of the container is left.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ContainerStartFailureTests : RuntimeFixture
{
    private static readonly ContainerId s_broken = ContainerId.Parse("broken:0.0.1");

    private MissingBind _missingBind;

    [Test]
    public async Task MissingDirectoryOfAResource_IsAMissingResourceOfItsVersion()
    {
        await InstallBrokenAsync(("dir: /", "dir: /not/there"));
        Assert.That(() => Client.StartAsync(s_broken), LifecycleTests.ThrowsError(new ApiError.StartContainerMissingResource(s_broken, TestResource.Name, "0.0.1")));
        await AssertNothingRunsAsync(s_broken);
    }

    [Test]
    public async Task MissingBindSource_IsLeftOutWithAWarning()
    {
        await InstallBrokenAsync(("host: /lib64", "host: /not/there"));

        await StartBrokenAsync();

        Assert.That((await EventAsync("MissingBind")).Message, Does.Contain("broken:0.0.1").And.Contain("/lib64").And.Contain("/not/there"));
        await OutputAsync("^Sleeping");
        await StopAsync(s_broken);
    }

    [Test]
    public async Task MissingBindSource_FailsTheStartWhenSoConfigured()
    {
        await StopAsync();
        _missingBind = MissingBind.Error;
        await StartAsync();
        await InstallBrokenAsync(("host: /lib64", "host: /not/there"));
        await AssertFailsAsync("mount /lib64: ", "/not/there", "ENOENT");
    }

    [Test]
    public async Task MissingBindSource_OfARequiredMount_FailsTheStart()
    {
        await InstallBrokenAsync(("host: /lib64", "host: /not/there"), ("io:\n", "custom: {northstar: {required: [/lib64]}}\nio:\n"));
        await AssertFailsAsync("mount /lib64: ", "/not/there", "ENOENT");
    }

    [Test]
    public async Task UnknownGroup_IsNamed()
    {
        await InstallBrokenAsync(("io:\n", "suppl_groups: [no-such-group]\nio:\n"));
        await AssertFailsAsync("look up group", "no-such-group");
    }

    [Test]
    public async Task T183_MissingNetworkNamespace_IsNamed()
    {
        await InstallBrokenAsync(("io:\n", "network: !namespace no-such-net\nio:\n"));
        await AssertFailsAsync("/netns/no-such-net", "ENOENT");
    }

    [Test]
    public async Task MissingMountTarget_IsNamed()
    {
        await InstallAsync("mem", "test-resource");
        string manifest = await File.ReadAllTextAsync(Path.Combine(HostProbe.SamplesDirectory, "test-container", "manifest.yaml"));
        using (NpkPackage image = NpkPackage.Open(TestPackages.Sample("test-container")))
        using (PrivateKey key = TestPackages.Key)
        {
            // Packing makes the targets; the image of another manifest lacks this one.
            NpkBuilder.Pack(
                new NpkBuildOptions
                {
                    Manifest = ManifestReader.Parse(System.Text.Encoding.UTF8.GetBytes(
                        manifest.Replace("name: test-container", "name: broken", StringComparison.Ordinal).Replace("/tmpfs:", "/not/there:", StringComparison.Ordinal))),
                    ImageFrom = image,
                    Key = key,
                },
                NewPath("broken.npk"));
        }

        await Client.InstallAsync(NewPath("broken.npk"), "mem");
        await AssertFailsAsync("mount /not/there: ", "ENOENT");
    }

    [Test]
    public async Task SoftLimitAboveTheHardOne_IsNamed()
    {
        await InstallBrokenAsync(("soft: 10000", "soft: 20001"));
        await AssertFailsAsync("setrlimit", "EINVAL");
    }

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        options.MissingBind = _missingBind;
        return options;
    }

    private async Task InstallBrokenAsync(params (string From, string To)[] changes)
    {
        await InstallAsync("mem", "test-resource");
        await Client.InstallAsync(TestPackages.Patched("test-container", NewPath("broken.npk"), [("name: test-container", "name: broken"), .. changes]), "mem");
    }

    private Task StartBrokenAsync() => Client.StartAsync(s_broken, null, ["sleep"], new Dictionary<string, string>());

    private async Task AssertFailsAsync(params string[] words)
    {
        ApiException? failure = Assert.ThrowsAsync<ApiException>(StartBrokenAsync);
        var error = (ApiError.StartContainerFailed)failure!.Error!;
        Assert.That(error.Container, Is.EqualTo(s_broken));
        foreach (string word in words)
        {
            Assert.That(error.Error, Does.Contain(word));
        }

        await AssertNothingRunsAsync(s_broken);
        await InstallAsync("mem", "test-container");
        await StartIdleAsync("sleep");
    }

    /// <summary>Checks that the container has neither process nor cgroup nor sockets, and that its resource is free.</summary>
    private async Task AssertNothingRunsAsync(ContainerId container)
    {
        Assert.That(TakeNotifications().Where(static n => n is Notification.Started or Notification.Exit), Is.Empty);
        Assert.That((await Client.InspectAsync(container)).Process, Is.Null);
        Assert.That(System.IO.Directory.GetDirectories("/sys/fs/cgroup", container.Name.ToString(), SearchOption.AllDirectories), Is.Empty);
        Assert.That(System.IO.Directory.EnumerateFileSystemEntries(NewPath("sockets")), Is.Empty);
        Assert.That(await Client.UmountAsync(TestResource), Is.EqualTo(new ContainerResult(TestResource)), "nobody uses the resource");
    }
}
