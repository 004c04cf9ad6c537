// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Linux.Mounts;
using Northstar.Runtime.Linux.Verity;

namespace Northstar.Runtime.Linux;

/// <summary>Asks for loop devices, squashfs with its compressions, sealed memory and dm-verity.</summary>
internal static unsafe class ImageProbes
{
    private const int ImageLength = 4096;
    private const int CompressionOffset = 20;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Gets a squashfs of an empty directory with nothing compressed in it (mksquashfs -noI -noD -noF -noX, root's, time 0). Its compression is
    /// a number in the superblock, and the kernel refuses a mount whose decompressor it lacks.
    /// </summary>
    private static ReadOnlySpan<byte> EmptyImage =>
    [
        0x68, 0x73, 0x71, 0x73, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x11, 0x00,
        0x4b, 0x03, 0x01, 0x00, 0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x90, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x88, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x60, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x82, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x82, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0x20, 0x80, 0x01, 0x00, 0xed, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00,
        0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x04, 0x80, 0x00, 0x00, 0x00, 0x00, 0x82, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    ];

    internal static string? LoopControl()
    {
        using SafeFd control = Descriptors.Open("/dev/loop-control", Sys.O_RDWR);
        return null;
    }

    internal static string? LoopDevice()
    {
        using SafeFd image = NewImage(1);
        using Loop.LoopDevice device = Loop.LoopDevice.Attach(image, 0, ImageLength, s_limit);
        return null;
    }

    /// <summary>Mounts an image of a compression, by its number in the superblock.</summary>
    internal static string? Squashfs(ushort compression)
    {
        using SafeFd image = NewImage(compression);
        using Loop.LoopDevice device = Loop.LoopDevice.Attach(image, 0, ImageLength, s_limit);
        using MountHandle mount = DetachedMount.FromDevice(device.Path, "squashfs", Sys.MOUNT_ATTR_RDONLY);
        return null;
    }

    internal static string? SealedMemory()
    {
        using SafeFd memfd = Descriptors.NewMemfd("northstar-check");
        Descriptors.Seal(memfd);
        return null;
    }

    /// <summary>Reads a block through a verity device. The modules are loaded for it, if there are any.</summary>
    internal static string? Verity()
    {
        using DeviceMapper mapper = DeviceMapper.Open();
        mapper.CheckTarget(VerityTable.Target);

        // An image of one block has no tree: the root hash is that of the block.
        const int Blocks = 3;
        byte[] image = new byte[Blocks * VerityTable.BlockLengthBytes];
        var table = new VerityTable(1, 2, SHA256.HashData(image.AsSpan(0, VerityTable.BlockLengthBytes)), ReadOnlyMemory<byte>.Empty);
        using SafeFd memfd = NewSealed(image);
        using Loop.LoopDevice loop = Loop.LoopDevice.Attach(memfd, 0, image.Length, s_limit);
        using VerityDevice device = VerityDevice.Create(mapper, loop, table, s_limit);
        using SafeFileHandle file = File.OpenHandle(device.Path);
        RandomAccess.Read(file, image.AsSpan(0, VerityTable.BlockLengthBytes), 0);
        return null;
    }

    private static SafeFd NewImage(ushort compression)
    {
        Span<byte> image = stackalloc byte[ImageLength];
        image.Clear();
        EmptyImage.CopyTo(image);
        BinaryPrimitives.WriteUInt16LittleEndian(image[CompressionOffset..], compression);
        return NewSealed(image);
    }

    private static SafeFd NewSealed(ReadOnlySpan<byte> image)
    {
        SafeFd memfd = Descriptors.NewMemfd("northstar-check");
        try
        {
            using (var file = new SafeFileHandle(memfd.DangerousGetHandle(), ownsHandle: false))
            {
                RandomAccess.Write(file, image, 0);
            }

            Descriptors.Seal(memfd);
            return Descriptors.ReopenReadOnly(memfd);
        }
        finally
        {
            memfd.Dispose();
        }
    }
}
