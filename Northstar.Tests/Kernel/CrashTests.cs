// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime.Interop;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>
/// The runtime, and the launcher, killed at random moments of a load of starts, stops, installs and mounts; and many starts and stops. Short here;
/// <c>eng/soak.sh</c> runs them as long as wanted.
/// </summary>
[Category("Kernel")]
[Category("Soak")]
[NonParallelizable]
[Requires(HostFeature.Root, HostFeature.Loop, HostFeature.MountByDescriptor, HostFeature.SquashfsTools, HostFeature.Samples, HostFeature.Executable)]
internal sealed class CrashTests
{
    private static readonly string[] s_samples = ["message-0.0.1", "message-0.0.2", "hello-resource", "test-resource", "hello-world"];
    private static readonly ContainerId s_app = ContainerId.Parse("app:0.0.1");
    private static readonly int s_kills = Number("NORTHSTAR_SOAK_KILLS", 8);
    private static readonly int s_cycles = Number("NORTHSTAR_SOAK_CYCLES", 100);

    [Test]
    public async Task KilledAtRandomMoments_LeavesNothingAndEveryPackageWhole()
    {
        int seed = Number("NORTHSTAR_SOAK_SEED", Environment.TickCount & 0xFFFF);
        await TestContext.Out.WriteLineAsync($"{s_kills} kills, NORTHSTAR_SOAK_SEED={seed}");
        var random = new Random(seed);
        var leaks = new LeakCheck();
        using (var disk = new DiskRuntime())
        {
            var counts = new LoadCounts();
            StockRuntime runtime = disk.Start();
            for (int kill = 1; kill <= s_kills; kill++)
            {
                bool launcher = kill % 4 == 0;
                runtime = await KillUnderLoadAsync(disk, runtime, random.Next(), launcher, counts);
                await AssertCleanAsync(disk, runtime, $"kill {kill}");
            }

            await TestContext.Out.WriteLineAsync($"{s_kills} kills, of the launcher {s_kills / 4}; {counts}");
            Assert.That(counts.Started, Is.Positive);
            Assert.That(counts.Installed, Is.Positive);
            Assert.That(Sys.kill(runtime.Process.Id, 15), Is.Zero);
            await runtime.Process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10));
            Assert.That(runtime.Process.ExitCode, Is.Zero);
            await runtime.DisposeAsync();
        }

        leaks.AssertNothingIsLeft();
    }

    [Test]
    public async Task StartedAndStoppedManyTimes_KeepsItsMemoryDescriptorsAndKernelObjects()
    {
        var leaks = new LeakCheck();
        using (var disk = new DiskRuntime())
        {
            await using StockRuntime runtime = disk.Start();
            await using (NorthstarClient client = await runtime.ConnectAsync(new NorthstarClientOptions { SubscribeNotifications = true }))
            {
                await InstallAppAsync(client);
                await client.MountAsync(s_app);
                await using IAsyncEnumerator<Notification> notifications = client.ReadNotificationsAsync(CancellationToken.None).GetAsyncEnumerator();
                await CycleAsync(client, notifications, s_cycles / 5);
                RuntimeFootprint before = RuntimeFootprint.Of(runtime.Process.Id, disk.Cgroup);
                await CycleAsync(client, notifications, s_cycles - (s_cycles / 5));
                RuntimeFootprint after = RuntimeFootprint.Of(runtime.Process.Id, disk.Cgroup);
                await TestContext.Out.WriteLineAsync($"after {s_cycles / 5} cycles: {before}\nafter {s_cycles} cycles: {after}");
                after.AssertIsLike(before);
            }

            Assert.That(Sys.kill(runtime.Process.Id, 15), Is.Zero);
            await runtime.Process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10));
            Assert.That(runtime.Process.ExitCode, Is.Zero);
        }

        leaks.AssertNothingIsLeft();
    }

    private static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private static Task<ContainerId> InstallAppAsync(NorthstarClient client) =>
        client.InstallAsync(TestPackages.Program("app", "  /data: {type: persist}", "args: [sleep]\nsockets: {one: {type: stream, mode: 0o600}}"), "disk");

    private static async Task CycleAsync(NorthstarClient client, IAsyncEnumerator<Notification> notifications, int count)
    {
        for (int i = 0; i < count; i++)
        {
            await client.StartAsync(s_app);
            await client.KillAsync(s_app, 9);
            do
            {
                Assert.That(await notifications.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10)), Is.True);
            }
            while (notifications.Current is not Notification.Exit);
        }
    }

    /// <summary>Loads a runtime, kills it or its launcher after a moment, and returns the runtime that runs then.</summary>
    private static async Task<StockRuntime> KillUnderLoadAsync(DiskRuntime disk, StockRuntime runtime, int seed, bool launcher, LoadCounts counts)
    {
        var random = new Random(seed);
        await using (NorthstarClient client = await runtime.ConnectAsync())
        {
            await TryAsync(async () => await InstallAppAsync(client));
        }

        using var stop = new CancellationTokenSource();
        Task[] load = [.. Enumerable.Range(0, 3).Select(i => LoadAsync(disk, new Random(seed + i), counts, stop.Token))];
        using var moment = new CancellationTokenSource(TimeSpan.FromMilliseconds(random.Next(20, 500)));
        await ((Task)Task.WhenAll(load)).WaitAsync(moment.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        int[] tree = ProcessTable.Tree(runtime.Process.Id);
        int victim = launcher ? ProcessTable.Children(runtime.Process.Id).First() : runtime.Process.Id;
        Assert.That(Sys.kill(victim, 9), Is.Zero);
        if (!launcher)
        {
            await runtime.Process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10));
        }

        await stop.CancelAsync();
        await Task.WhenAll(load);
        foreach (int pid in tree.Where(pid => launcher ? pid != runtime.Process.Id : true))
        {
            Assert.That(() => ProcessTable.Exists(pid) && ProcessTable.Status(pid, "State")[0] is not ('Z' or 'X'), Is.False.After(10_000, 5), $"pid {pid} of {string.Join(' ', tree)}");
        }

        if (launcher)
        {
            return runtime;
        }

        await runtime.DisposeAsync();
        return disk.Start();
    }

    private static async Task AssertCleanAsync(DiskRuntime disk, StockRuntime runtime, string when)
    {
        await using NorthstarClient client = await NewClientAsync(disk, runtime);

        // Of a launcher that was killed the runtime goes on: end what was started since, and what is mounted.
        foreach (ContainerId id in await client.ListAsync())
        {
            await TryAsync(() => client.KillAsync(id, 9));
        }

        Assert.That(async () => await RunningAsync(client), Is.Zero.After(10_000, 10), when);
        foreach (ContainerId id in await client.ListAsync())
        {
            await TryAsync(() => client.UmountAsync(id));
        }

        Assert.That((await client.ListAsync()).Select(static id => id + ".npk"), Is.EqualTo(disk.Files()), when);
        disk.AssertPackagesAreWhole();
        disk.AssertNothingIsLeft();
        await TryAsync(async () => await InstallAppAsync(client));
        await client.StartAsync(s_app);
    }

    private static async Task<int> RunningAsync(NorthstarClient client)
    {
        int count = 0;
        foreach (ContainerId id in await client.ListAsync())
        {
            count += (await client.InspectAsync(id)).Process is null ? 0 : 1;
        }

        return count;
    }

    private static async Task<NorthstarClient> NewClientAsync(DiskRuntime disk, StockRuntime runtime)
    {
        await using (await runtime.ConnectAsync())
        {
            return await NorthstarClient.ConnectAsync(ConsoleAddress.Parse(disk.Address));
        }
    }

    private static async Task LoadAsync(DiskRuntime disk, Random random, LoadCounts counts, CancellationToken cancellationToken)
    {
        try
        {
            await using NorthstarClient client = await NorthstarClient.ConnectAsync(ConsoleAddress.Parse(disk.Address), cancellationToken: cancellationToken);
            while (!cancellationToken.IsCancellationRequested)
            {
                ContainerId[] ids = [.. await client.ListAsync(cancellationToken)];
                ContainerId id = ids.Length == 0 ? s_app : ids[random.Next(ids.Length)];
                switch (random.Next(8))
                {
                    case 0 or 1:
                        string sample = s_samples[random.Next(s_samples.Length)];
                        await TryAsync(async () => { await client.InstallAsync(TestPackages.Sample(sample), "disk"); counts.Install(); });
                        break;
                    case 2:
                        await TryAsync(() => client.UninstallAsync(id));
                        break;
                    case 3 or 4:
                        await TryAsync(async () => { await client.StartAsync(id); counts.Start(); });
                        break;
                    case 5:
                        await TryAsync(() => client.KillAsync(id, 9));
                        break;
                    case 6:
                        await TryAsync(() => client.MountAsync(id));
                        break;
                    default:
                        await TryAsync(() => client.UmountAsync(id));
                        break;
                }
            }
        }
        catch (Exception e) when (e is ApiException or IOException or OperationCanceledException or System.Net.Sockets.SocketException)
        {
            // The end of the runtime.
        }
    }

    /// <summary>Does something that the runtime may refuse; that the connection is lost is no refusal.</summary>
    private static async Task TryAsync(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (ApiException e) when (e.Error is not null)
        {
            // Refused.
        }
    }

    private sealed class LoadCounts
    {
        private int _started;
        private int _installed;

        internal int Started => _started;

        internal int Installed => _installed;

        internal void Start() => Interlocked.Increment(ref _started);

        internal void Install() => Interlocked.Increment(ref _installed);

        public override string ToString() => $"{_started} starts and {_installed} installs were answered";
    }
}
