// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using Northstar.Api;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>The published executable is killed while it has verity devices.</summary>
[Requires(HostFeature.DeviceMapper)]
internal sealed class DmVerityCrashTests : ExecutableFixture
{
    private const int Kills = 10;

    [Test]
    public async Task DeathOfTheRuntime_TakesItsDevicesWithIt()
    {
        string repository = Directory.CreateDirectory(Path.Combine(TestDirectory, "repository")).FullName;
        await File.AppendAllTextAsync(Configuration, $"""

            [repositories.fs]
            type.fs.dir = "{repository}"
            key = "{TestPackages.KeyFile}"
            mount_on_start = true
            """);
        Process runtime = Start();
        await using (NorthstarClient client = await ConnectAsync())
        {
            await client.InstallAsync(ImageDamage.PackData(TestDirectory), "fs");
            await client.InstallAsync(ImageDamage.PackReader(TestDirectory, "idle", "sleep"), "fs");
            await client.StartAsync(Northstar.Npk.ContainerId.Parse("idle:0.0.1"));
            Assert.That((await client.InspectAsync(ImageDamage.Data)).Integrity, Is.EqualTo("dm-verity"));
        }

        Assert.That(Devices(), Is.EqualTo(2));
        await KillAsync(runtime);
        Assert.That(Devices, Is.Zero.After(5000, 10));
        Assert.That(LoopDevices, Is.Zero.After(5000, 10));

        // At other moments, while it mounts. What a death between two calls leaves goes with the next start.
        for (int i = 0; i < Kills; i++)
        {
            runtime = Start();
            using var appeared = new CancellationTokenSource(Limit);
            SpinWait.SpinUntil(() => Devices() > 0 || runtime.HasExited || appeared.IsCancellationRequested);
            await KillAsync(runtime);
        }

        runtime = Start();
        await using (NorthstarClient client = await ConnectAsync())
        {
            Assert.That((await client.InspectAsync(ImageDamage.Data)).Mounted, Is.True);
            Assert.That(static () => Devices() == 2, Is.True.After(5000, 10));
        }

        Kill(runtime.Id, 15);
        await runtime.WaitForExitAsync().WaitAsync(Limit);
        Assert.That(runtime.ExitCode, Is.Zero);
        Assert.That(Devices, Is.Zero.After(5000, 10));
    }

    private static async Task KillAsync(Process runtime)
    {
        Kill(runtime.Id, 9);
        await runtime.WaitForExitAsync().WaitAsync(Limit);
    }

    private static int Devices() => Directory.EnumerateDirectories("/sys/block", "dm-*").Count(IsOurs);

    private static bool IsOurs(string device)
    {
        try
        {
            return File.ReadAllText(Path.Combine(device, "dm", "name")).StartsWith("northstar-", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // gone meanwhile
        }
    }
}
