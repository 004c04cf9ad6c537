// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Installs at the same time, slow ones, and those that the end of the runtime cuts off.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class InstallRaceTests : RuntimeFixture
{
    private static readonly ContainerId s_message = ContainerId.Parse("message:0.0.1");

    private TimeSpan? _streamTimeout;

    [TestCase("mem")]
    [TestCase("fs")]
    public async Task T089_H72_SlowInstall_HoldsNobodyUp(string repository)
    {
        (RawConsole slow, ReadOnlyMemory<byte> rest) = await BeginAsync(repository);
        using (slow)
        {
            Assert.That(await Client.ListAsync(), Is.Empty);
            await InstallAsync(repository, "message-0.0.2");

            await slow.SendAsync(rest);
            Assert.That(await slow.ReadAsync(), Is.EqualTo(new Response.Install(s_message)));
        }

        Assert.That(await Client.ListAsync(), Has.Count.EqualTo(2));
    }

    [TestCase("mem")]
    [TestCase("fs")]
    public async Task SameContainerTwiceAtOnce_IsInstalledOnce(string repository)
    {
        (RawConsole slow, ReadOnlyMemory<byte> rest) = await BeginAsync(repository);
        using (slow)
        {
            await InstallAsync(repository, "message-0.0.1");
            await slow.SendAsync(rest);
            Assert.That(((Response.Install)(await slow.ReadAsync())!).Error, Is.TypeOf<ApiError.Unexpected>());
        }

        Assert.That(await Client.ListAsync(), Is.EqualTo(new[] { s_message }));
        Assert.That(await Client.MountAsync(s_message), Is.EqualTo(new ContainerResult(s_message)));
        Assert.That(System.IO.Directory.EnumerateFileSystemEntries(RepositoryDirectory).Count(), Is.EqualTo(repository == "fs" ? 1 : 0));
    }

    [Test]
    public async Task ManyClientsWithTheSameContainer_OneSucceeds([Values("mem", "fs")] string repository)
    {
        NorthstarClient[] clients = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ConnectAsync()));
        Task<ContainerId>[] installs = [.. clients.Select(c => c.InstallAsync(TestPackages.Sample("message-0.0.1"), repository))];
        await Task.WhenAll(installs.Select(static i => ((Task)i).ContinueWith(static _ => { }, TaskScheduler.Default)));
        Assert.That(installs.Count(static i => i.IsCompletedSuccessfully), Is.EqualTo(1));
        foreach (NorthstarClient client in clients)
        {
            Assert.That(await client.ListAsync(), Is.EqualTo(new[] { s_message }));
            await client.DisposeAsync();
        }
    }

    [TestCase("limited_capacity_num_mem")]
    [TestCase("limited_capacity_num_fs")]
    public async Task RoomOfAnInstallUnderWay_IsTakenUntilItEnds(string repository)
    {
        (RawConsole slow, _) = await BeginAsync(repository);
        using (slow)
        {
            Assert.That(() => InstallAsync(repository, "message-0.0.2"), Throws.TypeOf<ApiException>().With.Message.Contain("is full"));
        }

        await EventAsync("ClientClosed");
        await InstallAsync(repository, "message-0.0.2");
    }

    [TestCase("limited_capacity_num_mem")]
    [TestCase("limited_capacity_num_fs")]
    public async Task C09_ManyInstallsAtOnce_NeverExceedTheLimit(string repository)
    {
        string[] packages = [.. Enumerable.Range(0, 20).Select(i => TestPackages.Pack(
            $"name: crowd-{i}\nversion: 0.0.1\nuid: 1000\ngid: 1000\n", Path.Combine(HostProbe.SamplesDirectory, "test-resource", "root"), NewPath($"crowd-{i}.npk")))];
        NorthstarClient[] clients = await Task.WhenAll(packages.Select(_ => ConnectAsync()));
        string?[] refusals = await Task.WhenAll(packages.Zip(clients, async (package, client) =>
        {
            try
            {
                await client.InstallAsync(package, repository);
                return null;
            }
            catch (ApiException e)
            {
                return e.Message;
            }
        }));
        Assert.That(refusals.Count(static r => r is null), Is.EqualTo(1));
        Assert.That(refusals.OfType<string>(), Is.All.Contain("is full"));
        Assert.That(await Client.ListAsync(), Has.Count.EqualTo(1));

        // What is taken out makes room, and what was refused holds none.
        await Client.UninstallAsync((await Client.ListAsync())[0]);
        await Client.InstallAsync(packages[0], repository);
        foreach (NorthstarClient client in clients)
        {
            await client.DisposeAsync();
        }
    }

    [TestCase("mem")]
    [TestCase("fs")]
    public async Task StalledInstall_IsGivenUpAfterTheTimeout(string repository)
    {
        await StopAsync();
        _streamTimeout = TimeSpan.FromMilliseconds(50);
        await StartAsync();
        (RawConsole slow, _) = await BeginAsync(repository);
        using (slow)
        {
            Assert.That(await slow.ReadAsync(), Is.Null);
        }

        Assert.That((await Logs.TakeAsync(static r => r.Event == "ClientClosed" && r.Message.Contains("stalled", StringComparison.Ordinal), Limit)).Message, Does.Contain("package"));
        Assert.That(System.IO.Directory.EnumerateFileSystemEntries(RepositoryDirectory), Is.Empty);
        await InstallAsync(repository, "message-0.0.1");
    }

    [TestCase("mem")]
    [TestCase("fs")]
    public async Task EndOfTheRuntime_LeavesNothingOfAnInstallUnderWay(string repository)
    {
        (RawConsole slow, _) = await BeginAsync(repository);
        using (slow)
        {
            await StopAsync();
            Assert.That(await slow.ReadAsync(), Is.Null);
        }

        Assert.That(System.IO.Directory.EnumerateFileSystemEntries(RepositoryDirectory), Is.Empty);
    }

    [Test]
    public async Task ClientThatClosesDuringAStart_ChangesNothingOfIt()
    {
        await InstallAsync("mem", "test-container", "test-resource");
        using (RawConsole console = await RawConsole.ConnectAsync(Address))
        {
            await console.ShakeHandsAsync();
            await console.SendAsync(new Request.Start(TestContainer, null, ["sleep"], new Dictionary<string, string>()));
        }

        await OutputAsync("^Sleeping");
        await NotificationAsync<Notification.Started>();
        Assert.That((await Client.InspectAsync(TestContainer)).Process, Is.Not.Null);
        await StopAsync(TestContainer);
    }

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        options.Console.Global!.Limits.NpkStreamTimeout = _streamTimeout ?? options.Console.Global.Limits.NpkStreamTimeout;
        return options;
    }

    /// <summary>Sends the first half of a package, and returns when the runtime has begun to take it.</summary>
    private async Task<(RawConsole Console, ReadOnlyMemory<byte> Remaining)> BeginAsync(string repository)
    {
        byte[] package = await File.ReadAllBytesAsync(TestPackages.Sample("message-0.0.1"));
        RawConsole console = await RawConsole.ConnectAsync(Address);
        await console.ShakeHandsAsync();

        // The answer to the first request leaves only when the runtime turns to the second.
        await console.SendAsync(new Request.Ident(), new Request.Install(repository, (ulong)package.Length));
        await console.SendAsync(package.AsMemory(0, package.Length / 2));
        Assert.That(await console.ReadAsync(), Is.TypeOf<Response.Ident>());
        AssertReserved(repository);
        return (console, package.AsMemory(package.Length / 2));
    }

    /// <summary>Waits for the staging file: a file of the directory, or a memory file.</summary>
    private void AssertReserved(string repository)
    {
        string directory = repository == "fs" ? RepositoryDirectory : NewPath("test_limited_num");
        bool isFile = repository.EndsWith("fs", StringComparison.Ordinal);
        Assert.That(
            () => isFile
                ? System.IO.Directory.EnumerateFileSystemEntries(directory, ".northstar-install-*").Any()
                : System.IO.Directory.EnumerateFileSystemEntries("/proc/self/fd").Any(static f => (new FileInfo(f).LinkTarget ?? "").StartsWith("/memfd:northstar-package", StringComparison.Ordinal)),
            Is.True.After((int)Limit.TotalMilliseconds, 2));
    }
}
