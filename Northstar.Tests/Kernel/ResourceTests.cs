// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Theme A6: resources.</summary>
internal sealed class ResourceTests : RuntimeFixture
{
    private static readonly ContainerId s_reader = ContainerId.Parse("reader:0.0.1");

    private ResourceSelection _selection = ResourceSelection.Highest;

    protected override bool StartsAtOnce => false;

    [Test]
    public async Task T062_Resource_IsMountedAgainOnDemand()
    {
        await StartAsync();
        await InstallAsync("mem", "test-container", "test-resource");
        await StartIdleAsync("sleep");
        await StopAsync(TestContainer);
        Assert.That(await Client.UmountAsync(TestResource), Is.EqualTo(new ContainerResult(TestResource)));
        await StartIdleAsync("sleep");
        await StopAsync(TestContainer);
    }

    [TestCase(ResourceSelection.Highest, ">=0.0.1", "0.0.3")]
    [TestCase(ResourceSelection.Lowest, ">=0.0.1", "0.0.1")]
    [TestCase(ResourceSelection.Highest, ">=0.0.2, <0.0.3", "0.0.2")]
    [TestCase(ResourceSelection.Lowest, ">=0.0.2", "0.0.2")]
    public async Task T063_T065_SeveralMatches_TheOptionDecides(ResourceSelection selection, string requirement, string chosen)
    {
        _selection = selection;
        await StartAsync();
        foreach (string version in new[] { "0.0.2", "0.0.1", "0.0.3" })
        {
            await InstallTextAsync(version);
        }

        await InstallReaderAsync(requirement);
        await Client.StartAsync(s_reader);
        await OutputAsync($"^this is {chosen}$");
    }

    [Test]
    public async Task T064_NoVersionMatches_IsMissing()
    {
        await StartAsync();
        await InstallTextAsync("0.0.1");
        await InstallReaderAsync(">=0.0.3");
        Assert.That(
            () => Client.StartAsync(s_reader),
            LifecycleTests.ThrowsError(new ApiError.StartContainerMissingResource(s_reader, ContainerName.Parse("text"), ">=0.0.3")));
    }

    [Test]
    public async Task T065_HigherVersionInstalledMeanwhile_DoesNotChangeTheChoice()
    {
        await StartAsync();
        ContainerId first = await InstallTextAsync("0.0.1");
        await InstallReaderAsync(">=0.0.1");
        await Client.StartAsync(s_reader);
        await OutputAsync("^this is 0.0.1$");

        ContainerId second = await InstallTextAsync("0.0.2");

        Assert.That(await Client.UmountAsync(first), Is.EqualTo(new ContainerResult(first, new ApiError.UmountBusy(s_reader))));
        Assert.That(() => Client.UninstallAsync(first), LifecycleTests.ThrowsError(new ApiError.UmountBusy(s_reader)));
        await Client.UninstallAsync(second);
        await StopAsync(s_reader);
        Assert.That(await Client.UmountAsync(first), Is.EqualTo(new ContainerResult(first)));
    }

    [Test]
    public async Task T066_Directory_IsWhatTheTargetShows()
    {
        await StartAsync();
        await InstallTextAsync("0.0.1", "sub");
        await InstallReaderAsync("*", "/sub");
        await Client.StartAsync(s_reader);
        await OutputAsync("^this is 0.0.1$");
    }

    [Test]
    public async Task T066_MissingDirectory_IsAMissingResourceOfThatVersion()
    {
        await StartAsync();
        await InstallTextAsync("0.0.1");
        await InstallReaderAsync("*", "/sub");
        Assert.That(
            () => Client.StartAsync(s_reader),
            LifecycleTests.ThrowsError(new ApiError.StartContainerMissingResource(s_reader, ContainerName.Parse("text"), "0.0.1")));
    }

    [TestCase("/etc")]
    [TestCase("../../../../../../../etc")]
    public async Task C06_LinkInTheResource_StaysInTheResource(string target)
    {
        await StartAsync();
        string root = System.IO.Directory.CreateDirectory(NewPath("linked")).FullName;
        File.CreateSymbolicLink(Path.Combine(root, "sub"), target);
        await Client.InstallAsync(TestPackages.Pack("name: text\nversion: 0.0.1\nuid: 1000\ngid: 1000\n", root, NewPath("linked.npk")), "mem");
        await InstallReaderAsync("*", "/sub", "passwd");
        Assert.That(
            () => Client.StartAsync(s_reader),
            LifecycleTests.ThrowsError(new ApiError.StartContainerMissingResource(s_reader, ContainerName.Parse("text"), "0.0.1")));
    }

    [Test]
    public async Task T067_ProgramInAResource_RunsUnlessNoexec([Values] bool noexec)
    {
        await StartAsync();
        await Client.InstallAsync(
            TestPackages.Pack("name: text\nversion: 0.0.1\nuid: 1000\ngid: 1000\n", Path.Combine(HostProbe.SamplesDirectory, "test-container", "root"), NewPath("program.npk")),
            "mem");
        await InstallReaderAsync("*", options: noexec ? "noexec,nodev" : "nodev");

        Task Start() => Client.StartAsync(s_reader, "/text/test-container", ["print", "from the resource"], new Dictionary<string, string>());

        if (noexec)
        {
            ApiException? failure = Assert.ThrowsAsync<ApiException>(Start);
            Assert.That(((ApiError.StartContainerFailed)failure!.Error!).Error, Does.StartWith("execve /text/test-container: ").And.Contain("EACCES"));
        }
        else
        {
            await Start();
            await OutputAsync("^from the resource$");
        }
    }

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        options.ResourceSelection = _selection;
        return options;
    }

    /// <summary>Installs a resource with one text, which names its version.</summary>
    private Task<ContainerId> InstallTextAsync(string version, string directory = "")
    {
        string root = System.IO.Directory.CreateDirectory(NewPath($"text-{version}")).FullName;
        System.IO.Directory.CreateDirectory(Path.Combine(root, directory));
        File.WriteAllText(Path.Combine(root, directory, "text"), $"this is {version}\n");
        return Client.InstallAsync(TestPackages.Pack($"name: text\nversion: {version}\nuid: 1000\ngid: 1000\n", root, NewPath($"text-{version}.npk")), "mem");
    }

    /// <summary>Installs a container that prints a file of the resource.</summary>
    private Task<ContainerId> InstallReaderAsync(string requirement, string directory = "/", string file = "text", string options = "nodev") => Client.InstallAsync(
        TestPackages.Pack(
            $"name: reader\nversion: 0.0.1\ninit: /test-container\nargs: [cat, /text/{file}]\nuid: 1000\ngid: 1000\nio: {{stdout: pipe, stderr: pipe}}\n"
            + $"mounts:\n  /text: {{type: resource, name: text, version: '{requirement}', dir: {directory}, options: '{options}'}}\n",
            Path.Combine(HostProbe.SamplesDirectory, "test-container", "root"),
            NewPath("reader.npk")),
        "mem");
}
