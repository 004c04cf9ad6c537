// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Resources that several containers use: one device for all, or one for each. With dm-verity where the machine has it.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class PrivateResourceTests : RuntimeFixture
{
    private static readonly ContainerId s_first = ContainerId.Parse("first:0.0.1");
    private static readonly ContainerId s_second = ContainerId.Parse("second:0.0.1");

    private bool _isPrivate;

    protected override bool StartsAtOnce => false;

    [TestCase("fs", true)]
    [TestCase("mem", true)]
    [TestCase("fs", false)]
    [TestCase("mem", false)]
    public async Task H22_TwoUsersOfAResource_HaveDevicesOfTheirOwnWhenTheirRepositoryWantsIt(string resources, bool isPrivate)
    {
        await StartBothAsync(resources, isPrivate);

        string[] devices = [await DeviceAsync(s_first), await DeviceAsync(s_second)];

        Assert.That(devices.Distinct().Count(), Is.EqualTo(isPrivate ? 2 : 1), string.Join(' ', devices));
        Assert.That((await Client.InspectAsync(ImageDamage.Data)).Mounted, Is.EqualTo(!isPrivate));
        Assert.That(() => Client.UninstallAsync(ImageDamage.Data), Throws.TypeOf<ApiException>(), "it is in use");
        await StopAsync(s_first);
        await StopAsync(s_second);
        await Client.UninstallAsync(ImageDamage.Data);
    }

    [Test]
    public async Task H22_StartThatFails_LeavesNoDevice()
    {
        _isPrivate = true;
        await StartAsync();
        await Client.InstallAsync(ImageDamage.PackData(Directory), "fs");
        await Client.InstallAsync(ImageDamage.PackReader(Directory, "first", "sleep"), "private");
        for (int i = 0; i < 3; i++)
        {
            Assert.That(() => Client.StartAsync(s_first, "/nowhere", [], new Dictionary<string, string>()), Throws.TypeOf<ApiException>());
        }

        await Client.UninstallAsync(ImageDamage.Data);
    }

    [Test]
    public async Task H22_DamagedPackage_IsNotGivenToAnybody()
    {
        _isPrivate = true;
        await StartAsync();
        await Client.InstallAsync(ImageDamage.PackData(Directory), "fs");
        await Client.InstallAsync(ImageDamage.PackReader(Directory, "first", "sleep"), "private");
        ImageDamage.FlipUnnoticed(Path.Combine(RepositoryDirectory, "data:0.0.1.npk"), "first block");
        Assert.That(() => Client.StartAsync(s_first), Throws.TypeOf<ApiException>().With.Message.Contains("data:0.0.1"));
        await EventAsync("ImageCorrupted");
        Assert.That(() => Client.StartAsync(s_first), Throws.TypeOf<ApiException>().With.Message.Contains("quarantined"));
    }

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        options.Repositories["private"] = new RepositoryOptions { KeyFile = TestPackages.KeyFile, PrivateResources = _isPrivate };
        return options;
    }

    private async Task StartBothAsync(string resources, bool isPrivate)
    {
        _isPrivate = isPrivate;
        await StartAsync();
        await Client.InstallAsync(ImageDamage.PackData(Directory), resources);
        foreach (ContainerId id in new[] { s_first, s_second })
        {
            await Client.InstallAsync(ImageDamage.PackReader(Directory, id.Name.ToString(), "sleep"), "private");
            await Client.StartAsync(id);
        }
    }

    /// <summary>Returns the number of the device that a container sees at /data.</summary>
    private async Task<string> DeviceAsync(ContainerId id)
    {
        uint pid = (await Client.InspectAsync(id)).Process!.Pid;
        return (await File.ReadAllLinesAsync($"/proc/{pid}/mountinfo")).Select(static l => l.Split(' ')).Single(static f => f[4] == "/data")[2];
    }
}
