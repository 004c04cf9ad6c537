// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Installs that do not end, and storage that refuses: what was there stays, what was staged goes.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class InstallFailureTests : RuntimeFixture
{
    private static readonly ContainerId s_message = ContainerId.Parse("message:0.0.1");

    private Action<RuntimeOptions>? _change;

    [TestCase("mem")]
    [TestCase("fs")]
    public async Task ClientThatCloses_LeavesNothing(string repository)
    {
        byte[] package = await File.ReadAllBytesAsync(TestPackages.Sample("hello-world"));
        using (RawConsole console = await RawConsole.ConnectAsync(Address))
        {
            await console.ShakeHandsAsync();
            await console.SendAsync(new Request.Install(repository, (ulong)package.Length));
            await console.SendAsync(package.AsMemory(0, package.Length / 2));
        }

        await EventAsync("ClientClosed");
        await AssertNothingAsync();
        await InstallAsync(repository, "hello-world");
    }

    [TestCase("mem")]
    [TestCase("fs")]
    public async Task PackageShorterThanAnnounced_IsRefusedWithBothSizes(string repository)
    {
        byte[] package = await File.ReadAllBytesAsync(TestPackages.Sample("message-0.0.1"));
        using RawConsole console = await RawConsole.ConnectAsync(Address);
        await console.ShakeHandsAsync();
        await console.SendAsync(new Request.Install(repository, (ulong)package.Length + 1));
        await console.SendAsync(package);
        console.EndSending();

        var response = (Response.Install)(await console.ReadAsync())!;

        Assert.That(
            response.Error,
            Is.EqualTo(new ApiError.Unexpected($"install into repository {repository}: the package ended after {package.Length} of {package.Length + 1} announced bytes")));
        Assert.That(await console.ReadAsync(), Is.Null);
        await AssertNothingAsync();
    }

    [Test]
    public async Task PackageLargerThanTheLimit_ClosesThatConnectionOnly()
    {
        using RawConsole console = await RawConsole.ConnectAsync(Address);
        await console.ShakeHandsAsync();
        await console.SendAsync(new Request.Install("mem", (256 * 1024 * 1024) + 1));
        Assert.That(await console.ReadAsync(), Is.Null);
        await AssertNothingAsync();
    }

    [TestCase("mem", ulong.MaxValue)]
    [TestCase("fs", ulong.MaxValue)]
    [TestCase("fs", (ulong)long.MaxValue + 1)]
    public async Task SizeBeyondAnyFile_IsRefusedAndTakesNoRoom(string repository, ulong size)
    {
        await RestartAsync(static o => o.Console.Global!.Limits.MaxNpkInstallSizeBytes = ulong.MaxValue);
        using RawConsole console = await RawConsole.ConnectAsync(Address);
        await console.ShakeHandsAsync();
        await console.SendAsync(new Request.Install(repository, size));
        await console.SendAsync(new byte[100]);
        console.EndSending();

        var response = (Response.Install)(await console.ReadAsync())!;

        Assert.That(((ApiError.Unexpected)response.Error!).Error, Does.StartWith($"repository {repository} is full: ").And.Contain($"{size} more"));
        await AssertNothingAsync();
        await InstallAsync(repository, "message-0.0.1");
    }

    [Test]
    public async Task ReadOnlyDirectory_ServesWhatItHoldsAndRefusesChanges()
    {
        await InstallAsync("fs", "message-0.0.1", "hello-world");
        string[] files = Listing();
        await StopAsync();
        using (Tmpfs.Mount(RepositoryDirectory, "16m", from: RepositoryDirectory, readOnly: true))
        {
            await StartAsync();
            Assert.That(await Client.MountAsync(s_message), Is.EqualTo(new ContainerResult(s_message)));

            foreach (Func<Task> change in new Func<Task>[] { () => InstallAsync("fs", "message-0.0.2"), () => Client.UninstallAsync(s_message) })
            {
                ApiException? failure = Assert.ThrowsAsync<ApiException>(() => change());
                Assert.That(
                    ((ApiError.Unexpected)failure!.Error!).Error,
                    Does.Match("^(install into repository fs|uninstall message:0.0.1): (open|unlink) .*(EROFS)"));
            }

            Assert.That(await Client.ListAsync(), Has.Count.EqualTo(2));
            Assert.That(Listing(), Is.EqualTo(files));
            await StopAsync();
        }
    }

    [Test]
    public async Task FullDirectory_RefusesTheInstallAndKeepsTheRest()
    {
        await StopAsync();
        using (Tmpfs.Mount(RepositoryDirectory, "256k"))
        {
            await StartAsync();
            await InstallAsync("fs", "message-0.0.1");
            string[] files = Listing();

            ApiException? failure = Assert.ThrowsAsync<ApiException>(() => InstallAsync("fs", "hello-world"));

            Assert.That(((ApiError.Unexpected)failure!.Error!).Error, Does.StartWith("install into repository fs: ").And.Contain("No space left on device").Or.Contain("ENOSPC"));
            Assert.That(Listing(), Is.EqualTo(files));
            await InstallAsync("fs", "message-0.0.2");
            Assert.That(await Client.MountAsync(s_message), Is.EqualTo(new ContainerResult(s_message)));
            await StopAsync();
        }
    }

    [Test]
    public async Task FileThatStandsInTheWay_IsNeverReplaced()
    {
        string path = Path.Combine(RepositoryDirectory, "message:0.0.1.npk");
        await File.WriteAllTextAsync(path, "somebody's file");

        ApiException? failure = Assert.ThrowsAsync<ApiException>(() => InstallAsync("fs", "message-0.0.1"));

        Assert.That(((ApiError.Unexpected)failure!.Error!).Error, Does.StartWith("install into repository fs: rename ").And.Contain("message:0.0.1.npk").And.Contain("EEXIST"));
        Assert.That(await File.ReadAllTextAsync(path), Is.EqualTo("somebody's file"));
        Assert.That(Listing(), Is.EqualTo(new[] { "message:0.0.1.npk" }));
        File.Delete(path);
        await InstallAsync("fs", "message-0.0.1");
    }

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        _change?.Invoke(options);
        return options;
    }

    private async Task RestartAsync(Action<RuntimeOptions> change)
    {
        await StopAsync();
        _change = change;
        await StartAsync();
        _change = null;
    }

    private string[] Listing() => [.. System.IO.Directory.EnumerateFileSystemEntries(RepositoryDirectory).Select(static p => Path.GetFileName(p)).Order(StringComparer.Ordinal)];

    private async Task AssertNothingAsync()
    {
        Assert.That(await Client.ListAsync(), Is.Empty);
        Assert.That(Listing(), Is.Empty);
        Assert.That(TakeNotifications(), Is.Empty);
    }
}
