// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>H-21: a container of another repository takes no one's place because it has the same name.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class SubstitutionTests : RuntimeFixture
{
    private static readonly ContainerId s_reader = ContainerId.Parse("reader:1.0.0");
    private static readonly ContainerId s_keeper = ContainerId.Parse("keeper:1.0.0");

    private Action<RuntimeOptions> _change = static _ => { };

    protected override bool StartsAtOnce => false;

    private string Data => Path.Combine(DataDirectory, "keeper");

    [Test]
    public async Task H21_ResourceOfARepositoryWithoutKey_IsNotUsedByAContainerOfOneWith()
    {
        await StartAsync();
        await InstallMessageAsync("1.0.0", "mem");
        await InstallMessageAsync("2.0.0", "mem");
        await InstallMessageAsync("1.5.0", "mem");
        await InstallMessageAsync("9.9.9", "unverified");
        await InstallReaderAsync("mem");
        await Client.StartAsync(s_reader);
        Assert.That((await EventAsync("ResourceChosen")).Message, Does.Contain("message:2.0.0").And.Contain("repository mem"));
        await OutputAsync("^this is 2.0.0$");
    }

    [Test]
    public async Task H21_OnlyMatchWithoutKey_IsMissingAndNamed()
    {
        await StartAsync();
        await InstallMessageAsync("9.9.9", "unverified");
        await InstallReaderAsync("mem");
        Assert.That(
            () => Client.StartAsync(s_reader),
            LifecycleTests.ThrowsError(new ApiError.StartContainerMissingResource(s_reader, ContainerName.Parse("message"), "*")));
    }

    [Test]
    public async Task H21_UnverifiedResources_AreUsedWhenTheRepositoryAllowsIt()
    {
        _change = static o => o.Repositories["mem"].UsesUnverifiedResources = true;
        await StartAsync();
        await InstallMessageAsync("1.0.0", "mem");
        await InstallMessageAsync("9.9.9", "unverified");
        await InstallReaderAsync("mem");
        await Client.StartAsync(s_reader);
        await OutputAsync("^this is 9.9.9$");
    }

    [Test]
    public async Task H21_ContainerWithoutKey_UsesResourcesOfAnyRepository()
    {
        await StartAsync();
        await InstallMessageAsync("1.0.0", "mem");
        await InstallReaderAsync("unverified");
        await Client.StartAsync(s_reader);
        await OutputAsync("^this is 1.0.0$");
    }

    [Test]
    public async Task H21_DataOfAnotherRepositorysContainer_IsNeitherGivenNorWiped()
    {
        await StartAsync();
        await InstallKeeperAsync("mem");
        await RunKeeperAsync("write", "mine", "/data/f");
        await Client.UninstallAsync(s_keeper);
        await StopAsync();
        await StartAsync();

        await InstallKeeperAsync("fs");
        ApiException? failure = Assert.ThrowsAsync<ApiException>(() => Client.StartAsync(s_keeper));
        Assert.That(((ApiError.Unexpected)failure!.Error!).Error, Does.StartWith($"the data in {Data} is that of keeper of repository mem, not of repository fs; "));
        await Client.UninstallAsync(s_keeper, wipe: true);
        Assert.That((await EventAsync("DataKept")).Message, Does.Contain("keeper:1.0.0").And.Contain("mem"));
        Assert.That(await File.ReadAllTextAsync(Path.Combine(Data, "f")), Is.EqualTo("mine"));

        await InstallKeeperAsync("mem");
        await RunKeeperAsync("cat", "/data/f");
        await Client.UninstallAsync(s_keeper, wipe: true);
        Assert.That(System.IO.Directory.Exists(Data), Is.False);
        await InstallKeeperAsync("fs");
        await RunKeeperAsync("write", "fresh", "/data/f");
    }

    [Test]
    public async Task H21_Data_IsTakenOverWhenTheRepositoryAdoptsIt()
    {
        await StartAsync();
        await InstallKeeperAsync("mem");
        await RunKeeperAsync("write", "mine", "/data/f");
        await StopAsync();
        _change = static o => o.Repositories["fs"].AdoptsData = true;
        await StartAsync();
        await InstallKeeperAsync("fs");
        await Client.StartAsync(s_keeper, null, ["cat", "/data/f"], new Dictionary<string, string>());
        Assert.That((await EventAsync("DataClaimed")).Message, Does.Contain("repository fs"));
        await OutputAsync("^mine");
    }

    [Test]
    public async Task H21_LostRecordOfOwners_IsReportedAndNobodyIsLockedOut()
    {
        await StartAsync();
        await InstallKeeperAsync("mem");
        await RunKeeperAsync("write", "mine", "/data/f");
        await StopAsync();
        await File.WriteAllTextAsync(Path.Combine(DataDirectory, ".northstar:owners"), "damaged");
        await StartAsync();
        await EventAsync("OwnersLost");
        await InstallKeeperAsync("fs");
        await RunKeeperAsync("cat", "/data/f");
    }

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        _change(options);
        return options;
    }

    private Task<ContainerId> InstallMessageAsync(string version, string repository)
    {
        string root = System.IO.Directory.CreateDirectory(NewPath($"message-{version}")).FullName;
        File.WriteAllText(Path.Combine(root, "text"), $"this is {version}\n");
        return Client.InstallAsync(TestPackages.Pack($"name: message\nversion: {version}\nuid: 1000\ngid: 1000\n", root, NewPath($"message-{version}.npk")), repository);
    }

    private Task<ContainerId> InstallReaderAsync(string repository) => Client.InstallAsync(
        TestPackages.Pack(
            "name: reader\nversion: 1.0.0\ninit: /test-container\nargs: [cat, /text/text]\nuid: 1000\ngid: 1000\nio: {stdout: pipe, stderr: pipe}\n"
            + "mounts:\n  /text: {type: resource, name: message, version: '*', dir: /, options: nodev}\n",
            Path.Combine(HostProbe.SamplesDirectory, "test-container", "root"), NewPath("reader.npk")),
        repository);

    private Task<ContainerId> InstallKeeperAsync(string repository) => Client.InstallAsync(
        TestPackages.Pack(
            "name: keeper\nversion: 1.0.0\ninit: /test-container\nuid: 1000\ngid: 1000\nio: {stdout: pipe, stderr: pipe}\nmounts:\n  /data: {type: persist}\n",
            Path.Combine(HostProbe.SamplesDirectory, "test-container", "root"), NewPath($"keeper-{Guid.NewGuid():N}.npk")),
        repository);

    private async Task RunKeeperAsync(params string[] arguments)
    {
        await Client.StartAsync(s_keeper, null, arguments, new Dictionary<string, string>());
        await OutputAsync("^Sleeping");
        await StopAsync(s_keeper);
    }
}
