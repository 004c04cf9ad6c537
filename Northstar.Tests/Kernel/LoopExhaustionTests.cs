// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>No loop device to be had, and images that the kernel refuses: errors, and nothing is left.</summary>
internal sealed class LoopExhaustionTests : RuntimeFixture
{
    private static readonly int s_failingMounts = Repetitions.Mounts(otherwise: 1000);

    private const int ImageSize = 4096;

    [Test]
    public async Task H78_W12_NoLoopDevice_IsAnErrorInTimeAndWorksLater()
    {
        await InstallAsync("mem", "test-resource");
        string device = $"/dev/loop{NextFree()}";
        File.Move(device, device + ".hidden");
        try
        {
            ContainerResult result = await Client.MountAsync(TestResource);
            Assert.That(((ApiError.Unexpected)result.Error!).Error, Does.Contain("/dev/loop-control").And.Contain("ENOENT"));
            Assert.That($"/dev/loop{NextFree()}", Is.EqualTo(device), "no further device was added");
        }
        finally
        {
            File.Move(device + ".hidden", device);
        }

        Assert.That(await Client.MountAsync(TestResource), Is.EqualTo(new ContainerResult(TestResource)));
    }

    [Test]
    public async Task H78_ImageThatTheKernelRefuses_LeavesNothingHoweverOften()
    {
        ContainerId id = await Client.InstallAsync(PackageThatCannotBeMounted(), "unverified");
        for (int i = 0; i < s_failingMounts; i++)
        {
            ContainerResult result = await Client.MountAsync(id);
            Assert.That(((ApiError.Unexpected)result.Error!).Error, Does.Contain("squashfs").And.Contain("(E"));
        }

        await InstallAsync("mem", "test-resource");
        Assert.That(await Client.MountAsync(TestResource), Is.EqualTo(new ContainerResult(TestResource)));
    }

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        options.LoopDeviceTimeout = TimeSpan.FromMilliseconds(200);
        return options;
    }

    private static unsafe int NextFree()
    {
        using SafeFd control = Descriptors.Open("/dev/loop-control", Sys.O_RDWR);
        using var fd = new Borrow(control);
        int number = Sys.ioctl(fd.Fd, Sys.LOOP_CTL_GET_FREE, null);
        Assert.That(number, Is.Not.Negative);
        return number;
    }

    /// <summary>An image with a good superblock at first sight: its tables lie nowhere.</summary>
    private string PackageThatCannotBeMounted()
    {
        byte[] image = new byte[ImageSize];
        "hsqs"u8.CopyTo(image);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(12), 131072); // block_size
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(20), 1); // compression: zlib
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(22), 17); // block_log
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(28), 4); // s_major
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(40), ImageSize); // bytes_used
        image.AsSpan(48, 48).Fill(0x7f); // tables
        File.WriteAllBytes(NewPath("image"), image);
        string target = NewPath("damaged.npk");
        NpkBuilder.Pack(
            new NpkBuildOptions { Manifest = ManifestReader.Parse("name: damaged\nversion: 0.0.1\nuid: 1\ngid: 1\n"u8), ImagePath = NewPath("image") }, target);
        return target;
    }
}
