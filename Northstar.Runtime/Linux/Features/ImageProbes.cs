// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Linux.Mounts;

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

    /// <summary>Asks the device mapper for the target, whose module is loaded if there is one.</summary>
    internal static string? Verity()
    {
        const nuint GetTargetVersion = 0xC138FD11; // DM_GET_TARGET_VERSION
        const int RequestLength = 312, NameOffset = 48;
        using SafeFd control = Descriptors.Open("/dev/mapper/control", Sys.O_RDWR);
        byte* request = stackalloc byte[RequestLength * 2];
        var bytes = new Span<byte>(request, RequestLength * 2);
        bytes.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, 4); // version 4.0.0
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[12..], (uint)bytes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[16..], RequestLength);
        "verity"u8.CopyTo(bytes[NameOffset..]);
        using var fd = new Borrow(control);
        return HostCheck.Why(Sys.ioctl(fd.Fd, GetTargetVersion, request), "DM_GET_TARGET_VERSION verity");
    }

    private static SafeFd NewImage(ushort compression)
    {
        Span<byte> image = stackalloc byte[ImageLength];
        image.Clear();
        EmptyImage.CopyTo(image);
        BinaryPrimitives.WriteUInt16LittleEndian(image[CompressionOffset..], compression);
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
