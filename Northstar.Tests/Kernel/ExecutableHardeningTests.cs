// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using System.Globalization;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>The published executable under attack or short of something.</summary>
internal sealed class ExecutableHardeningTests : ExecutableFixture
{
    /// <summary>What a flood may add to the memory of the runtime: buffers of the heap, far less than the flood.</summary>
    private const long MostGrowthKibibytes = 16 * 1024;

    private const int FloodMegabytes = 256;
    private const int Descriptors = 64;

    [Test]
    public async Task H91_HooksOfTheLanguageRuntime_AreOff()
    {
        Process runtime = Start(environment:
        [
            ("DOTNET_EnableDiagnostics", "1"), ("DOTNET_STARTUP_HOOKS", "/nothing/hook.dll"), ("CORECLR_ENABLE_PROFILING", "1"),
            ("CORECLR_PROFILER", "{cf0d821e-299b-5307-a3d8-b283c03916dd}"), ("CORECLR_PROFILER_PATH", "/nothing/profiler.so"),
            ("TMPDIR", TestDirectory),
        ]);
        await StartContainerAsync();

        foreach (string directory in new[] { TestDirectory, "/tmp" })
        {
            string[] files = [.. Directory.EnumerateFileSystemEntries(directory).Select(static f => Path.GetFileName(f)!)];
            Assert.That(files.Where(f => f.Contains($"-{runtime.Id}-", StringComparison.Ordinal)), Is.Empty, directory);
        }

        Assert.That(await File.ReadAllTextAsync($"/proc/{runtime.Id}/maps"), Does.Not.Contain("/nothing"));
        Kill(runtime.Id, 15);
        await runtime.WaitForExitAsync().WaitAsync(Limit);
        Assert.That(runtime.ExitCode, Is.Zero);
    }

    [Test]
    public async Task H75_Flood_DoesNotGrowTheRuntime()
    {
        Process runtime = Start(redirect: true, environment: [("NORTHSTAR_LOG", "info")]);
        Task drained = runtime.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        await using NorthstarClient client = await ConnectAsync();
        await FloodAsync(client, "first");
        long before = PeakKibibytes(runtime.Id);

        await FloodAsync(client, "second");

        long growth = PeakKibibytes(runtime.Id) - before;
        await TestContext.Out.WriteLineAsync($"{before} KiB, {growth} more after {FloodMegabytes} MB in one line");
        Assert.That(growth, Is.LessThan(MostGrowthKibibytes));
        Kill(runtime.Id, 15);
        await runtime.WaitForExitAsync().WaitAsync(Limit);
        await drained;
    }

    [Test]
    public async Task H77_FewDescriptors_AreErrorsAndNoEnd()
    {
        Process runtime = Start(limits: $"ulimit -n {Descriptors}");
        await using NorthstarClient client = await ConnectAsync();
        ContainerId[] ids = new ContainerId[8];
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = await InstallSmallAsync(client, $"small-{i}");
        }

        NorthstarClient[] clients = await Task.WhenAll(ids.Select(_ => ConnectAsync()));
        int before = OpenDescriptors(runtime.Id);
        int started = 0, refused = 0;
        for (int round = 0; round < 10; round++)
        {
            // Images, sockets and pipes of all of them together are more than the descriptors are enough for.
            await Task.WhenAll(ids.Zip(clients, async (id, own) =>
            {
                try
                {
                    await own.StartAsync(id);
                    Interlocked.Increment(ref started);
                }
                catch (ApiException e) when (e.Error is not null)
                {
                    Interlocked.Increment(ref refused);
                }
            }));
            foreach (ContainerId id in ids)
            {
                await KillAsync(client, id);
                await client.UmountAsync(id);
            }
        }

        Assert.That((started > 0, refused > 0), Is.EqualTo((true, true)), $"{started} started, {refused} refused");
        Assert.That(() => OpenDescriptors(runtime.Id) <= before, Is.True.After(5000, 20), "descriptors left");
        await client.StartAsync(ids[0]);
        await KillAsync(client, ids[0]);
        await Task.WhenAll(clients.Select(static c => c.DisposeAsync().AsTask()));
        Kill(runtime.Id, 15);
        await runtime.WaitForExitAsync().WaitAsync(Limit);
        Assert.That(runtime.ExitCode, Is.Zero);
    }

    /// <summary>A pipe holds 64 KiB, and a thousand records wait before it.</summary>
    [Test]
    public async Task Log_ThatNobodyReads_StopsNeitherRequestsNorTheEnd()
    {
        Process runtime = Start(redirect: true, environment: [("NORTHSTAR_LOG", "trace")]);
        await using NorthstarClient client = await ConnectAsync();
        ContainerId id = await InstallSmallAsync(client, "small");
        for (int i = 0; i < 1500; i++)
        {
            await client.MountAsync(id).WaitAsync(Limit);
            await client.UmountAsync(id).WaitAsync(Limit);
        }

        Kill(runtime.Id, 15);
        await runtime.WaitForExitAsync().WaitAsync(Limit);
        string log = await runtime.StandardOutput.ReadToEndAsync();
        Assert.That(log, Does.StartWith("20").And.Contain("small").And.Not.Contain("Shutdown is complete"), "the pipe was not full");
    }

    /// <summary>Containers write straight to the streams of the runtime, and those are full.</summary>
    [Test]
    public async Task H75_InheritedStreamThatNobodyReads_HoldsUpNoEnd()
    {
        Process runtime = Start(redirect: true);
        await using NorthstarClient client = await ConnectAsync();
        ContainerId[] ids = new ContainerId[4];
        for (int i = 0; i < ids.Length; i++)
        {
            string package = TestPackages.Pack(
                $"name: loud-{i}\nversion: 0.0.1\ninit: /test-container\nuid: 1000\ngid: 1000\nio: {{stdout: inherit, stderr: inherit}}\n",
                Path.Combine(HostProbe.SamplesDirectory, "test-container", "root"), Path.Combine(TestDirectory, $"loud-{i}.npk"));
            ids[i] = await client.InstallAsync(package, "mem");
            await client.StartAsync(ids[i], null, ["flood", "4"], new Dictionary<string, string>());
        }

        foreach (ContainerId id in ids)
        {
            await KillAsync(client, id);
        }

        await client.ShutdownAsync();
        await runtime.WaitForExitAsync().WaitAsync(Limit);
        Assert.That(runtime.ExitCode, Is.Zero);
        Assert.That((await runtime.StandardOutput.ReadToEndAsync()).Length, Is.GreaterThanOrEqualTo(60_000), "the pipe was full");
    }

    [Test]
    public async Task W46_H71_AcceptWithoutDescriptors_GoesOnLater()
    {
        Process runtime = Start(limits: $"ulimit -n {Descriptors}");
        await using (NorthstarClient first = await ConnectAsync())
        {
            Assert.That(await first.ListAsync(), Is.Empty);
        }

        var many = new List<RawConsole>();
        for (int i = 0; i < 2 * Descriptors; i++)
        {
            many.Add(await RawConsole.ConnectAsync(ConsoleAddress.Parse(Address)));
        }

        Assert.That(() => OpenDescriptors(runtime.Id) >= Descriptors - 2, Is.True.After(5000, 10), "all are taken");
        many.ForEach(static c => c.Dispose());

        // Descriptors are free again a moment later: until then a peer that cannot be looked at is turned away.
        NorthstarClient? connected = null;
        Assert.That(() => TryConnect(out connected), Is.True.After((int)Limit.TotalMilliseconds, 10));
        await using NorthstarClient later = connected!;
        Assert.That(await later.ListAsync(), Is.Empty);
        Kill(runtime.Id, 15);
        await runtime.WaitForExitAsync().WaitAsync(Limit);
        Assert.That(runtime.ExitCode, Is.Zero);
    }

    private bool TryConnect(out NorthstarClient? client)
    {
        try
        {
            client = ConnectAsync().GetAwaiter().GetResult();
            return true;
        }
        catch (ApiException)
        {
            client = null;
            return false;
        }
    }

    private static int OpenDescriptors(int pid) => Directory.GetFileSystemEntries($"/proc/{pid}/fd").Length;

    private static long PeakKibibytes(int pid) => long.Parse(ProcessTable.Status(pid, "VmHWM").Split(' ')[0], CultureInfo.InvariantCulture);

    private static Task<ContainerId> InstallSmallAsync(NorthstarClient client, string name) => client.InstallAsync(TestPackages.Program(name), "mem");

    private static async Task FloodAsync(NorthstarClient client, string name)
    {
        ContainerId id = await InstallSmallAsync(client, name);
        await client.StartAsync(id, null, ["flood", $"{FloodMegabytes}"], new Dictionary<string, string>());

        // The flood is over when the payload sleeps: it has nothing more to do then.
        int init = (int)(await client.InspectAsync(id)).Process!.Pid;
        Assert.That(() => IsIdle(init), Is.True.After(120_000, 10), "the flood goes on");
        await KillAsync(client, id);
    }

    private static bool IsIdle(int init)
    {
        const string Pause = "34 ";
        return ProcessTable.Children(init) is [var payload] && File.ReadAllText($"/proc/{payload}/syscall").StartsWith(Pause, StringComparison.Ordinal);
    }

    private static async Task KillAsync(NorthstarClient client, ContainerId id)
    {
        try
        {
            await client.KillAsync(id, 9);
        }
        catch (ApiException e) when (e.Error is ApiError.StopContainerNotStarted)
        {
            return;
        }

        AssertGone(client, id);
    }

    private static void AssertGone(NorthstarClient client, ContainerId id) =>
        Assert.That(async () => (await client.InspectAsync(id)).Process, Is.Null.After((int)Limit.TotalMilliseconds, 5), $"{id} does not end");
}
