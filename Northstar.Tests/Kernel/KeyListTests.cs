// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>A list of keys that a root key signs, and names that are pinned to the first key.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class KeyListTests : TrustFixture
{
    private HostPolicyRule? Policy { get; set; }

    private string List => NewPath("keys");

    [Test]
    public async Task H19_RotationByTheList_FromOldOverBothToNew_NeedsNoRestart()
    {
        (string old, string fresh) = (Key("old"), Key("new"));
        await StartWithAsync(1, Line(old));
        await InstallAppAsync("1.0.0", old);
        Assert.That(() => InstallAppAsync("2.0.0", fresh), Throws.TypeOf<ApiException>().With.Message.Contains("signed with another key"));

        await ReplaceListAsync(2, Line(old), Line(fresh));
        await InstallAppAsync("2.0.0", fresh);
        await Client.StartAsync(App);

        await ReplaceListAsync(3, Line(fresh));
        await ExitAsync(App, new ExitStatus.Signalled(9));
        Assert.That(() => Client.StartAsync(App), Throws.TypeOf<ApiException>().With.Message.Contains("not in the list of keys any more"));
        await Client.StartAsync(ContainerId.Parse("app:2.0.0"));
        await StopAsync(ContainerId.Parse("app:2.0.0"));

        await RestartAsync();
        Assert.That(await ListAsync(), Is.EqualTo(new[] { "app:2.0.0" }));
    }

    [Test]
    public async Task H19_KeyOfTheList_SignsItsNamesAlone()
    {
        string key = Key("k");
        await StartWithAsync(1, Line(key, "names=app,app-*"));
        await InstallAppAsync("1.0.0", key);
        string other = Pack("name: other\nversion: 1.0.0\nuid: 1\ngid: 1\n", key);
        Assert.That(async () => await Client.InstallAsync(other, "fs"), Throws.TypeOf<ApiException>().With.Message.Contains("may sign app, app-* alone"));
        File.Copy(other, Path.Combine(RepositoryDirectory, "planted.npk"));
        await RestartAsync();
        Assert.That((await EventAsync("PackageRefused")).Message, Does.Contain("planted.npk"));
        Assert.That(await ListAsync(), Is.EqualTo(new[] { "app:1.0.0" }));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task H19_ExpiredKey_InstallsNothingAndStartsWhatIsInstalledUnlessRefused(bool refuse)
    {
        string key = Key("k");
        await StartWithAsync(1, r => r.RefusesExpiredKeys = refuse, Line(key, "not-after=2999-01-01T00:00:00Z"));
        await InstallAppAsync("1.0.0", key);

        await ReplaceListAsync(2, Line(key, "not-after=2020-01-01T00:00:00Z"));

        Assert.That((await EventAsync("KeyExpired")).Message, Does.Contain(KeyId(key)));
        Assert.That(() => InstallAppAsync("1.1.0", key), Throws.TypeOf<ApiException>().With.Message.Contains("expired at 2020-01-01T00:00:00Z"));
        await RestartAsync();
        Assert.That(await ListAsync(), Is.EqualTo(new[] { "app:1.0.0" }));
        if (refuse)
        {
            Assert.That(() => Client.StartAsync(App), Throws.TypeOf<ApiException>().With.Message.Contains("expired at 2020-01-01T00:00:00Z"));
            await Client.UninstallAsync(App);
        }
        else
        {
            await Client.StartAsync(App);
        }
    }

    [Test]
    public async Task H19_List_ThatCannotBeUsed_FailsTheStartAndLaterKeepsTheOneBefore()
    {
        (string key, string stranger) = (Key("k"), Key("stranger"));
        string root = Key("root");
        Change = r =>
        {
            r.KeyListFile = List;
            r.KeyListRoots.Add(root + ".pub");
        };
        Assert.That(Assert.ThrowsAsync<RuntimeException>(StartAsync)!.Message, Does.StartWith("repository fs: ").And.Contain(List));
        Write(1, NewPath("stranger.key"), Line(stranger));
        Assert.That(Assert.ThrowsAsync<RuntimeException>(StartAsync)!.Message, Does.StartWith("repository fs: ").And.Contain("no root key signed"));

        Write(5, NewPath("root.key"), Line(key));
        await StartAsync();
        await EventAsync("KeyListRead");
        foreach ((long serial, string signer, string cause) in new[] { (6L, "stranger", "no root key signed"), (4, "root", "5 was used already"), (5, "root", "another list had the serial 5") })
        {
            Write(serial, NewPath($"{signer}.key"), Line(stranger));
            Assert.That((await EventAsync("KeyListUnread")).Message, Does.Contain("Repository fs").And.Contain(cause));
        }

        await InstallAppAsync("1.0.0", key);
        Assert.That(() => InstallAppAsync("2.0.0", stranger), Throws.TypeOf<ApiException>().With.Message.Contains("signed with another key"));
        await StopAsync();
        Write(4, NewPath("root.key"), Line(stranger));
        Assert.That(Assert.ThrowsAsync<RuntimeException>(StartAsync)!.Message, Does.Contain("5 was used already"));
        Write(5, NewPath("root.key"), Line(key));
        await StartAsync();
    }

    [Test]
    public async Task H19_DevelopmentKeyInTheList_IsRefusedWhenTheConfigurationSaysSo()
    {
        string example = Path.Combine(HostProbe.Repository, "samples", "example");
        Assert.That(
            Assert.ThrowsAsync<RuntimeException>(() => StartWithAsync(1, r => r.RefusesDevelopmentKeys = true, Line(example)))!.Message,
            Does.Contain("example key of the samples"));
    }

    [Test]
    public async Task H19_ClassOfTheKey_DecidesWhatThePolicyGrants()
    {
        (string plain, string trusted) = (Key("plain"), Key("trusted"));
        await StartWithAsync(1, Line(plain), Line(trusted, "class=platform"));
        await StopAsync();
        Policy = new HostPolicyRule { Uids = (1000, 1000), Gids = (1000, 1000), KeyClasses = { "platform" } };
        await StartAsync();
        Assert.That(() => InstallAppAsync("1.0.0", plain), Throws.TypeOf<ApiException>().With.Message.Contains("uid 1000"));
        await InstallAppAsync("1.1.0", trusted);
        await Client.StartAsync(ContainerId.Parse("app:1.1.0"));
    }

    [Test]
    public async Task H20_FirstKeyOfAName_IsPinnedAndOutlivesThePackage()
    {
        (string first, string second) = (Key("first"), Key("second"));
        Change = r => { Accept(r, first, second); r.PinsFirstKey = true; };
        await StartAsync();
        await InstallAppAsync("1.0.0", first);
        Assert.That((await EventAsync("NamePinned")).Message, Does.Contain("app").And.Contain(KeyId(first)));
        Assert.That(() => InstallAppAsync("2.0.0", second), Throws.TypeOf<ApiException>().With.Message.Contains("repositories.fs.pin.app decides otherwise"));
        await Client.UninstallAsync(App);
        await RestartAsync();
        Assert.That(() => InstallAppAsync("2.0.0", second), Throws.TypeOf<ApiException>().With.Message.Contains($"pinned to the key {KeyId(first)}"));
        File.Copy(Pack(Manifest("3.0.0"), second), Path.Combine(RepositoryDirectory, "planted.npk"));
        await RestartAsync();
        Assert.That((await EventAsync("PackageRefused")).Message, Does.Contain("planted.npk").And.Contain("pinned to the key"));
        Assert.That(await ListAsync(), Is.Empty);
        await InstallAppAsync("1.1.0", first);
    }

    [Test]
    public async Task H20_PinOfTheConfiguration_ReplacesTheLearntOne()
    {
        (string first, string second) = (Key("first"), Key("second"));
        Change = r => { Accept(r, first, second); r.PinsFirstKey = true; };
        await StartAsync();
        await InstallAppAsync("1.0.0", first);
        Change = r => { Accept(r, first, second); r.PinsFirstKey = true; r.Pins[Name] = [second + ".pub"]; };
        await RestartAsync();
        await InstallAppAsync("2.0.0", second);

        Change = r => { Accept(r, first, second); r.PinsFirstKey = true; };
        await RestartAsync();

        Assert.That(await ListAsync(), Is.EqualTo(new[] { "app:2.0.0" }));
        Assert.That(() => InstallAppAsync("1.1.0", first), Throws.TypeOf<ApiException>().With.Message.Contains($"pinned to the key {KeyId(second)}"));
    }

    [Test]
    public async Task H20_PackagesFromBefore_PinTheirNames()
    {
        (string first, string second) = (Key("first"), Key("second"));
        Change = r => Accept(r, first, second);
        await StartAsync();
        await InstallAppAsync("2.0.0", second);
        await InstallAppAsync("1.0.0", first);
        Change = r => { Accept(r, first, second); r.PinsFirstKey = true; };
        await RestartAsync();
        Assert.That(() => Client.StartAsync(ContainerId.Parse("app:2.0.0")), Throws.TypeOf<ApiException>().With.Message.Contains($"pinned to the key {KeyId(first)}"));
        await Client.StartAsync(App);
    }

    [Test]
    public async Task H20_InstallThatFails_PinsNothing()
    {
        (string first, string second) = (Key("first"), Key("second"));
        Change = r => { Accept(r, first, second); r.PinsFirstKey = true; };
        await StartAsync();
        string blocked = Path.Combine(RepositoryDirectory, "app:1.0.0.npk");
        System.IO.Directory.CreateDirectory(blocked);
        Assert.That(() => InstallAppAsync("1.0.0", first), Throws.TypeOf<ApiException>());
        System.IO.Directory.Delete(blocked);
        await InstallAppAsync("1.0.0", second);
    }

    [TestCase("deleted")]
    [TestCase("damaged")]
    public async Task H19_H20_LostRecords_AreReportedAndBegunAnew(string how)
    {
        string key = Key("k");
        await StartWithAsync(7, r => r.PinsFirstKey = true, Line(key));
        await InstallAppAsync("1.0.0", key);
        await StopAsync();
        foreach (string name in new[] { "keys", "pins" })
        {
            string path = Path.Combine(DataDirectory, ".northstar:" + name);
            if (how == "deleted")
            {
                File.Delete(path);
            }
            else
            {
                await File.AppendAllTextAsync(path, "x");
            }
        }

        await StartAsync();

        Assert.That((await EventAsync("KeySerialsLost")).Message, Does.Contain("/.northstar:keys"));
        Assert.That((await EventAsync("PinsLost")).Message, Does.Contain("/.northstar:pins"));
        Assert.That((await EventAsync("NamePinned")).Message, Does.Contain(KeyId(key)));
    }

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        if (Policy is not null)
        {
            options.Policy["rule"] = Policy;
        }

        return options;
    }

    private static string Line(string key, string more = "") =>
        $"key {Convert.ToBase64String(KeyFiles.ReadPublicKey(key + ".pub").Bytes)} {more}".TrimEnd();

    private Task StartWithAsync(long serial, params string[] lines) => StartWithAsync(serial, static _ => { }, lines);

    private Task StartWithAsync(long serial, Action<RepositoryOptions> more, params string[] lines)
    {
        string root = Key("root");
        Write(serial, root + ".key", lines);
        Change = r =>
        {
            r.KeyListFile = List;
            r.KeyListRoots.Add(root + ".pub");
            more(r);
        };
        return StartAsync();
    }

    private void Write(long serial, string root, params string[] lines)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"northstar keys 1\nserial {serial}\n{string.Join('\n', lines)}\n");
        using PrivateKey key = KeyFiles.ReadPrivateKey(root);
        File.WriteAllBytes(List + ".new", KeyList.Sign(Encoding.ASCII.GetBytes(text), key, "keys"));
        File.Move(List + ".new", List, overwrite: true);
    }

    private async Task ReplaceListAsync(long serial, params string[] lines)
    {
        Write(serial, NewPath("root.key"), lines);
        await Logs.TakeAsync(r => r.Event == "KeyListRead" && r.Message.Contains($"keys {serial} ", StringComparison.Ordinal), Limit);
    }
}
