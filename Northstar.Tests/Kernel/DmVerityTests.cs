// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics.Metrics;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Runtime.Linux.Verity;
using Northstar.Tests.Npk.Support;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Theme A12 on machines with dm-verity: what is mounted, and what happens when a file is damaged under a mount.</summary>
[Requires(HostFeature.DeviceMapper)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class DmVerityTests : RuntimeFixture
{
    private static readonly ContainerId s_reader = ContainerId.Parse("reader:0.0.1");
    private static readonly ContainerId s_idle = ContainerId.Parse("idle:0.0.1");
    private static readonly string[] s_places = ["first block", "tree", "salt"];

    private CorruptionPolicy _policy = CorruptionPolicy.Stop;
    private IntegrityMode _integrity = IntegrityMode.DmVerity;

    private string FileInRepository => Path.Combine(RepositoryDirectory, "data:0.0.1.npk");

    protected override bool StartsAtOnce => false;

    [Test]
    public async Task T173_Mounted_IsWhatVeritysetupWouldSetUp()
    {
        Tool.Require("veritysetup");
        await StartAsync();
        await Client.InstallAsync(ImageDamage.PackData(Directory), "fs");

        Assert.That(await Client.MountAsync(ImageDamage.Data), Is.EqualTo(new ContainerResult(ImageDamage.Data)));

        Assert.That((await Client.InspectAsync(ImageDamage.Data)).Integrity, Is.EqualTo("dm-verity"));
        string device = Devices().Single();
        using var mapper = DeviceMapper.Open();
        string table = mapper.ReadTable(device);
        Assert.That(mapper.ReadStatus(device), Is.EqualTo("V"));
        Assert.That(await File.ReadAllTextAsync($"/sys/block/{KernelName(device)}/ro"), Is.EqualTo("1\n"));
        Assert.That(WithoutDevices(table), Is.EqualTo(WithoutDevices(TableOfVeritysetup())));
        await Client.UmountAsync(ImageDamage.Data);
        Assert.That(Devices, Is.Empty.After(5000, 10));
    }

    [Test]
    public async Task T173_MemoryRepository_IsSealedMemoryUnlessDmVerityIsAskedFor([Values] bool isAskedFor)
    {
        _integrity = isAskedFor ? IntegrityMode.DmVerity : IntegrityMode.Auto;
        await StartAsync();
        await InstallAsync("mem", "test-resource");
        await InstallAsync("fs", "hello-resource");

        await Client.MountAsync(await Client.ListAsync());

        Assert.That((await Client.InspectAsync(TestResource)).Integrity, Is.EqualTo(isAskedFor ? "dm-verity" : "sealed-memory"));
        Assert.That(Devices().Count(), Is.EqualTo(isAskedFor ? 2 : 1));
    }

    [Test]
    public async Task H14_T169_BitFlipUnderAMountedImage_StopsItsUsersAndQuarantinesItUntilReinstalled()
    {
        long counted = 0;
        using MeterListener listener = Count(() => counted++);
        await StartAsync();
        await InstallReadersAsync();
        await Client.StartAsync(s_idle);
        await OutputAsync("^Sleeping");
        await InstallAsync("mem", "test-container", "test-resource");
        await StartIdleAsync("sleep");
        ImageDamage.FlipUnnoticed(FileInRepository, "data");

        await Client.StartAsync(s_reader);

        LogCapture.Record record = await EventAsync("ImageCorrupted");
        Assert.That(record.Message, Does.Contain("data:0.0.1").And.Contain("data block"));
        Notification.Exit[] ends = [await NotificationAsync<Notification.Exit>(), await NotificationAsync<Notification.Exit>()];
        Assert.That(ends.Select(static e => e.Container), Is.EquivalentTo(new[] { s_idle, s_reader }));
        Assert.That(ends.Single(static e => e.Container == s_idle).Status, Is.EqualTo(new ExitStatus.Signalled(9)));
        Assert.That(ends.Single(static e => e.Container == s_reader).Status, Is.EqualTo(new ExitStatus.Exit(1)).Or.EqualTo(new ExitStatus.Signalled(9)));
        Assert.That(Logs.Records.Where(static r => r.Message.Contains(ImageDamage.Text[1..], StringComparison.Ordinal)), Is.Empty, "nothing of it was read");
        Assert.That(counted, Is.EqualTo(1));

        ApiException? refused = Assert.ThrowsAsync<ApiException>(() => Client.StartAsync(s_reader));
        Assert.That(refused!.Message, Does.Contain("data:0.0.1 is quarantined").And.Contain("data block"));
        Assert.That((await Client.MountAsync(ImageDamage.Data)).Error, Is.InstanceOf<ApiError.Unexpected>());
        Assert.That(async () => (await Client.InspectAsync(ImageDamage.Data)).Mounted, Is.False.After(5000, 10));
        Assert.That((await Client.InspectAsync(TestContainer)).Process, Is.Not.Null, "others go on");

        await Client.UninstallAsync(ImageDamage.Data);
        await Client.InstallAsync(ImageDamage.PackData(Directory), "fs");
        await Client.StartAsync(s_reader);
        await OutputAsync("^" + ImageDamage.Text + "$");
    }

    [Test]
    public async Task H14_Report_IsToldOnceAndStopsNobody()
    {
        _policy = CorruptionPolicy.Report;
        await StartAsync();
        await InstallReadersAsync();
        await Client.StartAsync(s_idle);
        ImageDamage.FlipUnnoticed(FileInRepository, "data");

        await Client.StartAsync(s_reader);

        await EventAsync("ImageCorrupted");
        await ExitAsync(s_reader, new ExitStatus.Exit(1));
        Assert.That((await Client.InspectAsync(s_idle)).Process, Is.Not.Null);
        Assert.That((await Client.InspectAsync(ImageDamage.Data)).Mounted, Is.True);
        await Client.StartAsync(s_reader);
        await ExitAsync(s_reader, new ExitStatus.Exit(1));
        Assert.That(Logs.Records.Where(static r => r.Event == "ImageCorrupted"), Is.Empty, "a second time");
    }

    [Test]
    public async Task H14_FileCutOrOverwrittenUnderAMount_IsFoundWithoutARead([Values("truncated", "data")] string place)
    {
        await StartAsync();
        await InstallReadersAsync();
        await Client.StartAsync(s_idle);
        await OutputAsync("^Sleeping");

        ImageDamage.Apply(FileInRepository, place);

        await EventAsync("ImageCorrupted");
        await ExitAsync(s_idle, new ExitStatus.Signalled(9));
    }

    [Test]
    public async Task FileWrittenWithTheSameBytes_IsNoDamage()
    {
        await StartAsync();
        await InstallReadersAsync();
        await Client.StartAsync(s_idle);

        byte[] bytes = await File.ReadAllBytesAsync(FileInRepository);
        await using (FileStream file = new(FileInRepository, FileMode.Open, FileAccess.Write))
        {
            await file.WriteAsync(bytes);
        }

        await Client.StartAsync(s_reader);
        await OutputAsync("^" + ImageDamage.Text + "$");
        await StopAsync();
        Assert.That(Logs.Records.Where(static r => r.Event == "ImageCorrupted"), Is.Empty);
    }

    [Test]
    public async Task H11_T171_T172_DamageThatTheMountMeets_FailsCleanly([ValueSource(nameof(s_places))] string place)
    {
        await StartAsync();
        await Client.InstallAsync(ImageDamage.PackData(Directory), "fs");
        await StopAsync();
        ImageDamage.Apply(FileInRepository, place);
        await StartAsync();

        ContainerResult result = await Client.MountAsync(ImageDamage.Data);

        Assert.That(((ApiError.Unexpected)result.Error!).Error, Does.StartWith("mount data:0.0.1: "));
        Assert.That((await EventAsync("ImageCorrupted")).Message, Does.Contain("data:0.0.1"));
        Assert.That((await Client.InspectAsync(ImageDamage.Data)).Mounted, Is.False);
        Assert.That(Devices, Is.Empty.After(5000, 10));
        Assert.That(((ApiError.Unexpected)(await Client.MountAsync(ImageDamage.Data)).Error!).Error, Does.Contain("quarantined"));
    }

    [Test]
    public async Task H12_H78_ManyMountsThatFail_LeaveNothing()
    {
        _policy = CorruptionPolicy.Report;
        await StartAsync();
        await Client.InstallAsync(ImageDamage.PackData(Directory), "fs");
        await StopAsync();
        ImageDamage.Apply(FileInRepository, "first block");
        await StartAsync();

        for (int i = Repetitions.Mounts(otherwise: 100); i > 0; i--)
        {
            Assert.That((await Client.MountAsync(ImageDamage.Data)).Error, Is.Not.Null);
        }

        Assert.That(Devices, Is.Empty.After(5000, 10));
    }

    [Test]
    public async Task TwoRuntimes_HaveDevicesOfTheirOwn()
    {
        await StartAsync();
        await Client.InstallAsync(ImageDamage.PackData(Directory), "fs");
        await Client.MountAsync(ImageDamage.Data);
        string first = Devices().Single();
        RuntimeOptions options = Options();
        options.RunDirectory = Make("run2");
        options.DataDirectory = Make("data2");
        options.SocketDirectory = null;
        options.Cgroup += "-second";
        options.Console.Global = null;
        foreach (string id in options.Repositories.Keys.Where(static id => id != "fs").ToArray())
        {
            options.Repositories.Remove(id);
        }

        options.Repositories["fs"].Directory = Make("test2");
        await using (NorthstarRuntime second = await NorthstarRuntime.StartAsync(options))
        await using (NorthstarClient client = await second.ConnectAsync())
        {
            await client.InstallAsync(ImageDamage.PackData(Directory), "fs");
            Assert.That(await client.MountAsync(ImageDamage.Data), Is.EqualTo(new ContainerResult(ImageDamage.Data)));
            Assert.That(Devices().Distinct().Count(), Is.EqualTo(2));
        }

        Assert.That(Devices, Is.EquivalentTo(new[] { first }).After(5000, 10));

        string Make(string name) => System.IO.Directory.CreateDirectory(NewPath(name)).FullName;
    }

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        options.Integrity = _integrity;
        options.Repositories["fs"].OnCorruption = _policy;
        return options;
    }

    private async Task InstallReadersAsync()
    {
        await Client.InstallAsync(ImageDamage.PackData(Directory), "fs");
        await Client.InstallAsync(ImageDamage.PackReader(Directory), "mem");
        await Client.InstallAsync(ImageDamage.PackReader(Directory, "idle", "sleep"), "mem");
    }

    private string TableOfVeritysetup()
    {
        using NpkPackage package = NpkPackage.Open(FileInRepository, new NpkReaderOptions { Keys = [KeyFiles.ReadPublicKey(TestPackages.KeyFile)] });
        string name = $"reference-{Environment.ProcessId}";
        string loop = Run("losetup", "--find", "--show", "--read-only", "--offset", $"{package.Image.OffsetBytes}", "--sizelimit", $"{package.Image.LengthBytes}", FileInRepository);
        try
        {
            Run("veritysetup", "open", loop, name, loop, package.Verity!.RootHash.ToString(), "--hash-offset", $"{package.Verity.SuperblockOffsetBytes}");
            try
            {
                using var mapper = DeviceMapper.Open();
                return mapper.ReadTable(name);
            }
            finally
            {
                Run("veritysetup", "close", name);
            }
        }
        finally
        {
            Run("losetup", "--detach", loop);
        }
    }

    private static string Run(string tool, params string[] arguments)
    {
        (int exitCode, string output) = Tool.Run(tool, arguments);
        Assert.That(exitCode, Is.Zero, output);
        return output.Trim();
    }

    private static MeterListener Count(Action onCorruption)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, l) =>
            {
                if (instrument.Meter.Name == "Northstar.Runtime" && instrument.Name == "northstar.image.corruptions")
                {
                    l.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => onCorruption());
        listener.Start();
        return listener;
    }

    /// <summary>The second and third word name the devices.</summary>
    private static string WithoutDevices(string table) => string.Join(' ', table.Split(' ').Where(static (_, i) => i is not (1 or 2)));

    private static string KernelName(string device) => Path.GetFileName(
        System.IO.Directory.EnumerateDirectories("/sys/block", "dm-*").Single(d => File.ReadAllText(Path.Combine(d, "dm", "name")).Trim() == device));

    private static IEnumerable<string> Devices()
    {
        using var mapper = DeviceMapper.Open();
        return [.. mapper.List().Where(static n => n.StartsWith("northstar-", StringComparison.Ordinal))];
    }
}
