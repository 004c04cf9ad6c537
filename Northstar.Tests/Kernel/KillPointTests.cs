// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>H-17: the runtime killed right before each system call that touches the repository, from its start to the end of an install and an uninstall.</summary>
[Category("Kernel")]
[NonParallelizable]
[Requires(HostFeature.Root, HostFeature.Loop, HostFeature.MountByDescriptor, HostFeature.SquashfsTools, HostFeature.Samples, HostFeature.Executable, HostFeature.Compiler)]
internal sealed class KillPointTests
{
    /// <summary>More calls than there can be.</summary>
    private const int TooMany = 200;

    private const string Stale = ".northstar-install-0123";
    private static readonly ContainerId s_installed = ContainerId.Parse("message:0.0.2");
    private static readonly ContainerId s_uninstalled = ContainerId.Parse("message:0.0.1");

    private enum Progress
    {
        Starting,
        Installing,
        Uninstalling,
        Done,
    }

    [Test]
    public async Task H17_KilledAtEachSystemCall_HasTheOldOrTheNewState()
    {
        var leaks = new LeakCheck();
        using (var disk = new DiskRuntime())
        {
            await KillAtEachAsync(disk);
        }

        leaks.AssertNothingIsLeft();
    }

    private static async Task KillAtEachAsync(DiskRuntime disk)
    {
        string library = CCompiler.Compile("gcc", "kill-at/kill-at.c", disk.Root, "-shared", "-fPIC");
        var killed = new Dictionary<Progress, int>();
        for (int number = 1; ; number++)
        {
            Assert.That(number, Is.LessThan(TooMany), "the count of system calls does not end");
            Directory.Delete(disk.Packages, recursive: true);
            Directory.CreateDirectory(disk.Packages);
            File.Copy(TestPackages.Sample("message-0.0.1"), Path.Combine(disk.Packages, "message:0.0.1.npk"));
            await File.WriteAllTextAsync(Path.Combine(disk.Packages, Stale), "half");

            Progress progress = await ChangeAsync(disk, library, number);

            await AssertStateAsync(disk, progress, number);
            if (progress == Progress.Done)
            {
                break;
            }

            killed[progress] = killed.GetValueOrDefault(progress) + 1;
        }

        await TestContext.Out.WriteLineAsync($"killed at {string.Join(", ", killed.Select(static k => $"{k.Value} calls while {k.Key}"))}");
        Assert.That(killed.Keys, Is.EquivalentTo(new[] { Progress.Starting, Progress.Installing, Progress.Uninstalling }), "each part was killed");
        Assert.That(killed[Progress.Installing], Is.GreaterThanOrEqualTo(5), "open, write, fsync, rename, fsync of the directory");
    }

    /// <summary>Starts, installs and uninstalls until the kill; returns what had begun by then.</summary>
    private static async Task<Progress> ChangeAsync(DiskRuntime disk, string library, int number)
    {
        Progress progress = Progress.Starting;
        await using StockRuntime runtime = disk.Start(
            "env", $"LD_PRELOAD={library}", $"KILL_AT_DIRECTORY={disk.Packages}", $"KILL_AT_NUMBER={number.ToString(CultureInfo.InvariantCulture)}");
        try
        {
            await using NorthstarClient? client = await runtime.TryConnectAsync();
            if (client is not null)
            {
                progress = Progress.Installing;
                await client.InstallAsync(TestPackages.Sample("message-0.0.2"), "disk");
                progress = Progress.Uninstalling;
                await client.UninstallAsync(s_uninstalled);
                return Progress.Done;
            }
        }
        catch (Exception e) when (e is ApiException { Error: null } or IOException)
        {
            // The end of the runtime.
        }

        await runtime.Process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10));
        Assert.That(runtime.Process.ExitCode, Is.EqualTo(137), $"call {number}");
        return progress;
    }

    private static async Task AssertStateAsync(DiskRuntime disk, Progress progress, int number)
    {
        await using StockRuntime runtime = disk.Start();
        await using (NorthstarClient client = await runtime.ConnectAsync())
        {
            IReadOnlyList<ContainerId> listed = await client.ListAsync();
            string[] files = [.. listed.Select(static id => id + ".npk")];
            Assert.That(disk.Files(), Is.EqualTo(files), $"call {number}");
            ContainerId[][] allowed = progress switch
            {
                Progress.Starting => [[s_uninstalled]],
                Progress.Installing => [[s_uninstalled], [s_uninstalled, s_installed]],
                Progress.Uninstalling => [[s_uninstalled, s_installed], [s_installed]],
                _ => [[s_installed]],
            };
            Assert.That(allowed.Any(a => a.SequenceEqual(listed)), $"call {number}, {progress}: {string.Join(", ", listed)}");
        }

        disk.AssertPackagesAreWhole();
        disk.AssertNothingIsLeft();
    }
}
