// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Reading all of an installed package because somebody asks.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class VerifyTests : RuntimeFixture
{
    private static readonly ContainerId s_data = ImageDamage.Data;

    private CorruptionPolicy _policy = CorruptionPolicy.Stop;

    private string FileInRepository => Path.Combine(RepositoryDirectory, "data:0.0.1.npk");

    [TestCase("fs")]
    [TestCase("mem")]
    [TestCase("unverified")]
    public async Task H15_Verify_WholePackage_IsRightAndLogged(string repository)
    {
        await Client.InstallAsync(ImageDamage.PackData(Directory), repository);
        await using NorthstarClient extended = await ExtendedAsync();
        await extended.VerifyAsync(s_data);
        Assert.That((await EventAsync("PackageVerified")).Message, Does.Contain("data:0.0.1").And.Contain(repository));
        Assert.That(Audited(": ok"), Is.True);
        Assert.That(await Client.MountAsync(s_data), Is.EqualTo(new ContainerResult(s_data)));
    }

    [TestCase("first block")]
    [TestCase("data")]
    [TestCase("tree")]
    public async Task H15_Verify_DamagedPackage_IsFoundAndQuarantined(string place)
    {
        await Client.InstallAsync(ImageDamage.PackData(Directory), "fs");
        ImageDamage.FlipUnnoticed(FileInRepository, place);
        await using NorthstarClient extended = await ExtendedAsync();

        Assert.That(() => extended.VerifyAsync(s_data), Throws.TypeOf<ApiException>().With.Message.Contains("container data:0.0.1 is damaged").And.Message.Contains("match"));

        Assert.That((await EventAsync("ImageCorrupted")).Message, Does.Contain("data:0.0.1"));
        Assert.That(Audited("is damaged"), Is.True);
        Assert.That(((ApiError.Unexpected)(await Client.MountAsync(s_data)).Error!).Error, Does.Contain("data:0.0.1 is quarantined"));
        Assert.That((await extended.InspectAsync(s_data)).Trust!.Refused, Does.Contain("match"));
        await Client.UninstallAsync(s_data);
        await Client.InstallAsync(ImageDamage.PackData(Directory), "fs");
        await extended.VerifyAsync(s_data);
        Assert.That(await Client.MountAsync(s_data), Is.EqualTo(new ContainerResult(s_data)));
    }

    [Test]
    public async Task H15_Verify_DamagedPackageThatIsInUse_EndsItsUsers()
    {
        await Client.InstallAsync(ImageDamage.PackData(Directory), "fs");
        ContainerId reader = await Client.InstallAsync(ImageDamage.PackReader(Directory, "idle", "sleep"), "mem");
        await Client.StartAsync(reader);
        ImageDamage.FlipUnnoticed(FileInRepository, "data");
        await using NorthstarClient extended = await ExtendedAsync();
        Assert.That(() => extended.VerifyAsync(s_data), Throws.TypeOf<ApiException>());
        await ExitAsync(reader, new ExitStatus.Signalled(9));
    }

    [Test]
    public async Task H14_DamageWithExit_EndsTheRuntimeInOrder()
    {
        _policy = CorruptionPolicy.Exit;
        await StopAsync();
        NorthstarRuntime runtime = await NorthstarRuntime.StartAsync(Options(), Logs);
        await using NorthstarClient extended = await ExtendedAsync();
        await extended.InstallAsync(ImageDamage.PackData(Directory), "fs");
        ImageDamage.FlipUnnoticed(FileInRepository, "data");
        Assert.That(() => extended.VerifyAsync(s_data), Throws.TypeOf<ApiException>());
        Assert.That(
            Assert.ThrowsAsync<RuntimeException>(() => runtime.Completion.WaitAsync(Limit))!.Message, Does.StartWith("container data:0.0.1 of repository fs is damaged: "));
    }

    [Test]
    public async Task H15_Verify_UnknownContainer_IsAnError()
    {
        await using NorthstarClient extended = await ExtendedAsync();
        Assert.That(() => extended.VerifyAsync(s_data), LifecycleTests.ThrowsError(new ApiError.InvalidContainer(s_data)));
    }

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        options.Repositories["fs"].OnCorruption = _policy;
        return options;
    }

    private Task<NorthstarClient> ExtendedAsync() => NorthstarClient.ConnectAsync(Address, new NorthstarClientOptions { Extensions = true });

    private bool Audited(string outcome) => Logs.Records.Any(r => r is { Category: "Northstar.Audit", Event: "RequestDone" }
        && r.Message.Contains("verify of data:0.0.1", StringComparison.Ordinal) && r.Message.Contains(outcome, StringComparison.Ordinal));
}
