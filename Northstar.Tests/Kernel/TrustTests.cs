// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Keys of a repository, several, pinned and revoked, and versions that may not go back.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class TrustTests : TrustFixture
{
    [Test]
    public async Task H19_KeyRotation_FromOldOverBothToNew_NeedsNoReinstall()
    {
        (string old, string fresh) = (Key("old"), Key("new"));
        Change = r => Accept(r, old);
        await StartAsync();
        await InstallAppAsync("1.0.0", old);
        Assert.That(() => InstallAppAsync("2.0.0", fresh), Throws.TypeOf<ApiException>().With.Message.Contains("signed with another key"));

        Change = r => Accept(r, old, fresh);
        await RestartAsync();
        await InstallAppAsync("2.0.0", fresh);
        Assert.That(await ListAsync(), Is.EqualTo(new[] { "app:1.0.0", "app:2.0.0" }));

        Change = r => Accept(r, fresh);
        await RestartAsync();
        Assert.That(await ListAsync(), Is.EqualTo(new[] { "app:2.0.0" }));
        Assert.That((await EventAsync("PackageRefused")).Message, Does.Contain("app:1.0.0.npk").And.Contain("another key"));
        await Client.StartAsync(ContainerId.Parse("app:2.0.0"));
    }

    [TestCase("key")]
    [TestCase("package")]
    public async Task H19_Revoked_AtRest_IsNotStartableAndNotInstallable(string kind)
    {
        string key = Key("k");
        await File.WriteAllTextAsync(RevokedFile, "# nothing\n");
        Change = r => { Accept(r, key); r.RevokedFile = RevokedFile; };
        await StartAsync();
        await InstallAppAsync("1.0.0", key);
        await StopAsync();
        await RevokeAsync(kind, key);

        await StartAsync();

        Assert.That((await EventAsync("PackageRevoked")).Message, Does.Contain("app:1.0.0").And.Contain("is revoked"));
        Assert.That(() => Client.StartAsync(App), Throws.TypeOf<ApiException>().With.Message.Contains("is revoked"));
        Assert.That(((ApiError.Unexpected)(await Client.MountAsync(App)).Error!).Error, Does.Contain("is revoked"));
        await Client.UninstallAsync(App);
        Assert.That(() => InstallAppAsync("1.0.0", key), Throws.TypeOf<ApiException>().With.Message.Contains("is revoked"));
        Assert.That(await ListAsync(), Is.Empty);
    }

    [TestCase("key")]
    [TestCase("package")]
    public async Task H19_Revoked_WhileRunning_IsKilled(string kind)
    {
        string key = Key("k");
        await File.WriteAllTextAsync(RevokedFile, "# nothing\n");
        Change = r => { Accept(r, key); r.RevokedFile = RevokedFile; };
        await StartAsync();
        await InstallAppAsync("1.0.0", key);
        await Client.StartAsync(App);

        await RevokeAsync(kind, key);

        await ExitAsync(App, new ExitStatus.Signalled(9));
        Assert.That(() => Client.StartAsync(App), Throws.TypeOf<ApiException>().With.Message.Contains("is revoked"));
        await File.WriteAllTextAsync(RevokedFile, "# nothing\n");
        Assert.That(async () => await TryStartAsync(), Is.True.After(5000, 20), "what is revoked no more starts again");
    }

    [Test]
    public async Task H19_RevokedResource_EndsWhoUsesIt()
    {
        string key = Key("k");
        await File.WriteAllTextAsync(RevokedFile, "# nothing\n");
        Change = r => { Accept(r, key); r.RevokedFile = RevokedFile; };
        await StartAsync();
        string text = Pack("name: text\nversion: 1.0.0\nuid: 1000\ngid: 1000\n", key);
        await Client.InstallAsync(text, "fs");
        await InstallAppAsync("1.0.0", key, mounts: "{/text: {type: resource, name: text, version: '*', dir: /, options: nodev}}");
        await Client.StartAsync(App);

        await ReplaceRevokedAsync($"package {SignedHash(text, key)}\n");

        await ExitAsync(App, new ExitStatus.Signalled(9));
        Assert.That(
            () => Client.StartAsync(App),
            LifecycleTests.ThrowsError(new ApiError.StartContainerMissingResource(App, ContainerName.Parse("text"), "*")));
    }

    [Test]
    public async Task H19_RevokedWithReport_IsToldAndRunsOn()
    {
        string key = Key("k");
        await File.WriteAllTextAsync(RevokedFile, "# nothing\n");
        Change = r => { Accept(r, key); r.RevokedFile = RevokedFile; r.OnRevoked = RevocationPolicy.Report; };
        await StartAsync();
        await InstallAppAsync("1.0.0", key);
        await Client.StartAsync(App);

        await RevokeAsync("key", key);

        Assert.That((await EventAsync("PackageRevoked")).Message, Does.Contain("Report"));
        Assert.That((await Client.InspectAsync(App)).Process, Is.Not.Null);
        Assert.That(() => InstallAppAsync("1.1.0", key), Throws.TypeOf<ApiException>().With.Message.Contains("is revoked"));
    }

    [Test]
    public async Task H19_RevocationList_ThatCannotBeUsed_FailsTheStartAndLaterKeepsTheOneBefore()
    {
        string key = Key("k");
        Change = r => { Accept(r, key); r.RevokedFile = RevokedFile; };
        Assert.That(Assert.ThrowsAsync<RuntimeException>(StartAsync)!.Message, Does.StartWith("repository fs: ").And.Contain(RevokedFile));
        await File.WriteAllTextAsync(RevokedFile, "keys\n");
        Assert.That(Assert.ThrowsAsync<RuntimeException>(StartAsync)!.Message, Does.StartWith("repository fs: ").And.Contain("line 1 is neither"));

        await File.WriteAllTextAsync(RevokedFile, $"key {KeyId(key)}\n");
        await StartAsync();
        await File.WriteAllTextAsync(RevokedFile, "keys\n");
        await EventAsync("RevocationsUnread");
        Assert.That(() => InstallAppAsync("1.0.0", key), Throws.TypeOf<ApiException>().With.Message.Contains("is revoked"));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task H19_ExampleKey_IsNamedOrRefused(bool refuse)
    {
        string example = Path.Combine(HostProbe.Repository, "samples", "example");
        Change = r => { Accept(r, example); r.RefusesDevelopmentKeys = refuse; };
        if (refuse)
        {
            Assert.That(Assert.ThrowsAsync<RuntimeException>(StartAsync)!.Message, Does.StartWith("repository fs: ").And.Contain(KeyId(example)).And.Contain("example key of the samples"));
            return;
        }

        await StartAsync();
        Assert.That((await EventAsync("DevelopmentKey")).Message, Does.Contain("Repository fs").And.Contain(KeyId(example)).And.Contain("example key of the samples"));
        await InstallAppAsync("1.0.0", example);
    }

    [Test]
    public async Task H20_NamePinnedToAKey_IsRefusedFromAnotherOne()
    {
        (string general, string vendor) = (Key("general"), Key("vendor"));
        Change = r => { Accept(r, general); r.Pins[Name] = [vendor + ".pub"]; };
        await StartAsync();
        Assert.That(() => InstallAppAsync("1.0.0", general), Throws.TypeOf<ApiException>().With.Message.Contains("the name app is pinned to another key"));
        Assert.That(
            async () => await Client.InstallAsync(Pack("name: other\nversion: 1.0.0\nuid: 1\ngid: 1\n", vendor), "fs"),
            Throws.TypeOf<ApiException>().With.Message.Contains("may sign the names alone that are pinned to it"));
        await InstallAppAsync("1.0.0", vendor);
        await StopAsync();
        File.Copy(Pack(Manifest("2.0.0"), general), Path.Combine(RepositoryDirectory, "planted.npk"));

        await StartAsync();

        Assert.That(await ListAsync(), Is.EqualTo(new[] { "app:1.0.0" }));
        Assert.That((await EventAsync("PackageRefused")).Message, Does.Contain("planted.npk").And.Contain("pinned to another key"));
    }

    [Test]
    public async Task H18_FloorOfTheConfiguration_RefusesWhatIsBelow()
    {
        string key = Key("k");
        Change = r => Accept(r, key);
        await StartAsync();
        await InstallAppAsync("1.0.0", key);
        Change = r => { Accept(r, key); r.Floors[Name] = new PackageVersion(1, 1, 0); };
        await RestartAsync();

        Assert.That(() => Client.StartAsync(App), Throws.TypeOf<ApiException>().With.Message.Contains("version 1.0.0 is below 1.1.0"));
        Assert.That(() => InstallAppAsync("1.0.9", key), Throws.TypeOf<ApiException>().With.Message.Contains("version 1.0.9 is below 1.1.0"));
        await InstallAppAsync("1.1.0", key);
        await Client.StartAsync(ContainerId.Parse("app:1.1.0"));
    }

    [Test]
    public async Task H18_LearntFloor_IsRaisedByAVersionThatProvedItselfAndOutlivesIt()
    {
        string key = Key("k");
        Change = r => { Accept(r, key); r.LearnsFloor = true; };
        await StartAsync();
        await InstallAppAsync("1.2.0", key, "[exit, '1']");
        await InstallAppAsync("1.1.0", key);
        await RunAsync("1.2.0", new ExitStatus.Exit(1));
        Assert.That(State, Does.Not.Exist, "a version that fails proves nothing");
        await Client.UninstallAsync(ContainerId.Parse("app:1.2.0"));

        await InstallAppAsync("1.2.0", key, "[exit, '0']");
        await RunAsync("1.2.0", new ExitStatus.Exit(0));
        Assert.That((await EventAsync("FloorRaised")).Message, Does.Contain("app").And.Contain("1.2.0"));
        await Client.UninstallAsync(ContainerId.Parse("app:1.2.0"));
        await RestartAsync();

        Assert.That(() => Client.StartAsync(ContainerId.Parse("app:1.1.0")), Throws.TypeOf<ApiException>().With.Message.Contains("version 1.1.0 is below 1.2.0"));
        Assert.That(() => InstallAppAsync("1.1.5", key), Throws.TypeOf<ApiException>().With.Message.Contains("version 1.1.5 is below 1.2.0"));
        await InstallAppAsync("1.2.0", key);
    }

    [TestCase("deleted")]
    [TestCase("damaged")]
    public async Task H18_LostFloor_IsReportedAndLearntAnew(string how)
    {
        string key = Key("k");
        Change = r => { Accept(r, key); r.LearnsFloor = true; };
        await StartAsync();
        await InstallAppAsync("1.2.0", key, "[exit, '0']");
        await RunAsync("1.2.0", new ExitStatus.Exit(0));
        await EventAsync("FloorRaised");
        await StopAsync();
        if (how == "deleted")
        {
            File.Delete(State);
        }
        else
        {
            await File.WriteAllTextAsync(State, (await File.ReadAllTextAsync(State)).Replace("1.2.0", "1.0.0", StringComparison.Ordinal));
        }

        await StartAsync();

        Assert.That((await EventAsync("FloorLost")).Message, Does.Contain(State).And.Contain(how == "deleted" ? "there is none" : "damaged"));
        await InstallAppAsync("1.1.0", key);
        await RunAsync("1.2.0", new ExitStatus.Exit(0));
        await EventAsync("FloorRaised");
        Assert.That(() => InstallAppAsync("1.1.1", key), Throws.TypeOf<ApiException>().With.Message.Contains("is below 1.2.0"));
    }

    [Test]
    public async Task H18_Downgrade_BelowTheLearntFloor_NeedsAnOperatorsWordAndIsAudited()
    {
        string key = Key("k");
        Change = r => { Accept(r, key); r.LearnsFloor = true; r.Floors[Name] = new PackageVersion(0, 5, 0); };
        ConsolePermissions = Permissions.Full | Permissions.Downgrade;
        await StartAsync();
        await InstallAppAsync("1.2.0", key, "[exit, '0']");
        await RunAsync("1.2.0", new ExitStatus.Exit(0));
        await EventAsync("FloorRaised");
        Assert.That(() => InstallAppAsync("1.1.0", key), Throws.TypeOf<ApiException>().With.Message.Contains("is below 1.2.0"));
        Assert.That(() => Client.SetFloorAsync("fs", App), Throws.TypeOf<ApiException>(), "without extensions");
        await using NorthstarClient extended = await NorthstarClient.ConnectAsync(Address, new NorthstarClientOptions { Extensions = true });
        Assert.That(
            () => extended.SetFloorAsync("fs", ContainerId.Parse("app:0.4.0")),
            Throws.TypeOf<ApiException>().With.Message.Contains("has 0.5.0 as the lowest version of app"));

        await extended.SetFloorAsync("fs", ContainerId.Parse("app:1.1.0"));

        Assert.That((await EventAsync("FloorSet")).Message, Does.Contain("app").And.Contain("1.1.0"));
        Assert.That(
            (await Logs.TakeAsync(static r => r is { Category: "Northstar.Audit", Event: "RequestDone" } && r.Message.EndsWith(": ok", StringComparison.Ordinal) && r.Message.Contains("set_floor", StringComparison.Ordinal), Limit)).Message,
            Does.Contain("set_floor of app:1.1.0 in repository fs: ok"));
        await RestartAsync();
        await InstallAppAsync("1.1.0", key);
        await Client.StartAsync(ContainerId.Parse("app:1.1.0"));
        Assert.That(() => InstallAppAsync("1.0.9", key), Throws.TypeOf<ApiException>().With.Message.Contains("is below 1.1.0"));
    }

    [Test]
    public async Task H18_ResourceThatIsUsedInTwoVersions_CanBeUsedSoAgain()
    {
        string key = Key("k");
        Change = r => { Accept(r, key); r.LearnsFloor = true; };
        await StartAsync();
        foreach (string version in new[] { "1.0.0", "2.0.0", "3.0.0" })
        {
            await Client.InstallAsync(Pack($"name: text\nversion: {version}\nuid: 1000\ngid: 1000\n", key), "fs");
        }

        const string Two = "{/a: {type: resource, name: text, version: '=2.0.0', dir: /, options: ''}, /b: {type: resource, name: text, version: '=3.0.0', dir: /, options: ''}}";
        await InstallAppAsync("1.0.0", key, "[exit, '0']", Two);
        for (int i = 0; i < 2; i++)
        {
            await RunAsync("1.0.0", new ExitStatus.Exit(0));
        }

        await InstallAppAsync("1.1.0", key, mounts: "{/a: {type: resource, name: text, version: '=1.0.0', dir: /, options: ''}}");
        Assert.That(
            () => Client.StartAsync(ContainerId.Parse("app:1.1.0")),
            Throws.TypeOf<ApiException>(), "version 1.0.0 is below what was used");
    }

    [Test]
    public async Task H18_MinimumVersionOfTheManifest_IsTheFloorOfWhatProvedItself()
    {
        string key = Key("k");
        Change = r => { Accept(r, key); r.LearnsFloor = true; };
        await StartAsync();
        await Client.InstallAsync(Pack(Manifest("1.5.0", "[exit, '0']") + "custom: {northstar: {minimum_version: 1.2.0}}\n", key), "fs");
        await RunAsync("1.5.0", new ExitStatus.Exit(0));
        Assert.That((await EventAsync("FloorRaised")).Message, Does.Contain("1.2.0"));
        Assert.That(() => InstallAppAsync("1.1.9", key), Throws.TypeOf<ApiException>().With.Message.Contains("is below 1.2.0"));
        await InstallAppAsync("1.2.0", key, "[exit, '0']");
        await RunAsync("1.2.0", new ExitStatus.Exit(0));
    }

    [Test]
    public async Task H18_LostFloor_IsTheHighestInstalledVersionWhereTheConfigurationSaysSo()
    {
        string key = Key("k");
        Change = r => { Accept(r, key); r.LearnsFloor = true; r.RaisesLostFloor = true; };
        await StartAsync();
        await InstallAppAsync("1.2.0", key);
        await InstallAppAsync("1.1.0", key);
        await RestartAsync();
        await EventAsync("FloorLost");
        Assert.That(() => Client.StartAsync(ContainerId.Parse("app:1.1.0")), Throws.TypeOf<ApiException>().With.Message.Contains("is below 1.2.0"));
        Assert.That(() => InstallAppAsync("1.1.1", key), Throws.TypeOf<ApiException>().With.Message.Contains("is below 1.2.0"));
        await Client.StartAsync(ContainerId.Parse("app:1.2.0"));
    }

    [Test]
    public async Task Inspect_WithExtensions_TellsKeyFloorPinAndRevocation()
    {
        string key = Key("k");
        await File.WriteAllTextAsync(RevokedFile, "# nothing\n");
        Change = r => { Accept(r, key); r.Pins[Name] = [key + ".pub"]; r.Floors[Name] = new PackageVersion(0, 9, 0); r.RevokedFile = RevokedFile; };
        await StartAsync();
        await InstallAppAsync("1.0.0", key);
        await using NorthstarClient extended = await NorthstarClient.ConnectAsync(Address, new NorthstarClientOptions { Extensions = true });
        var expected = new TrustData
        {
            Key = KeyId(key), Package = SignedHash(Path.Combine(RepositoryDirectory, "app:1.0.0.npk"), key), Pin = [KeyId(key)], Floor = new PackageVersion(0, 9, 0),
        };
        Assert.That((await extended.InspectAsync(App)).Trust, Is.EqualTo(expected));
        Assert.That((await Client.InspectAsync(App)).Trust, Is.Null, "without extensions");
        await RevokeAsync("key", key);
        string why = $"the key {KeyId(key)} that signed it is revoked";
        Assert.That(async () => (await extended.InspectAsync(App)).Trust == expected with { Revoked = why, Refused = why }, Is.True.After(5000, 20));
    }

    [Test]
    public async Task H18_VersionThatRunsForAMinute_ProvesItself()
    {
        string key = Key("k");
        Change = r => { Accept(r, key); r.LearnsFloor = true; };
        await StartAsync();
        Runtime.FloorTrial = TimeSpan.FromMilliseconds(20);
        await InstallAppAsync("1.2.0", key);
        await Client.StartAsync(ContainerId.Parse("app:1.2.0"));
        await EventAsync("FloorRaised");
        Assert.That(() => InstallAppAsync("1.1.0", key), Throws.TypeOf<ApiException>().With.Message.Contains("is below 1.2.0"));
    }
}
