// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Win32.SafeHandles;
using Northstar.Npk;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Linux.Loop;
using Northstar.Runtime.Repositories;

namespace Northstar.Runtime.Containers;

/// <summary>Mounts the images of packages. Works outside the strand; images may be mounted at the same time.</summary>
internal sealed class ImageMounter(TimeSpan loopDeviceTimeout, bool hasSelinux)
{
    internal const string NoIntegrity = "none";
    internal const string SealedMemory = "sealed-memory";

    /// <summary>Mounts an image.</summary>
    /// <param name="stored">The package.</param>
    /// <param name="isVerified">Whether its repository has a key. Then a verified, sealed copy is mounted, unless the package itself is one.</param>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    /// <exception cref="NpkException">The image does not match its hash tree.</exception>
    internal MountedImage Mount(StoredPackage stored, bool isVerified)
    {
        NpkPackage package = stored.Package;
        string? context = hasSelinux ? package.Manifest.Selinux?.MountContext : null;
        if (!isVerified)
        {
            LoopDevice device = LoopDevice.Attach(package.Handle, package.Image.OffsetBytes, package.SquashfsLengthBytes, loopDeviceTimeout);
            return New(package, device, null, context, NoIntegrity);
        }

        // A package in memory was sealed before it was verified: nothing has changed since.
        if (stored.Location is null)
        {
            LoopDevice device = LoopDevice.Attach(package.Handle, package.Image.OffsetBytes, package.SquashfsLengthBytes, loopDeviceTimeout);
            return New(package, device, null, context, SealedMemory);
        }

        return MountCopy(package, context);
    }

    private MountedImage MountCopy(NpkPackage package, string? context)
    {
        SafeFileHandle readOnly;
        using (SafeFd memfd = Descriptors.NewMemfd("northstar-image"))
        {
            using (var target = new SafeFileHandle(memfd.DangerousGetHandle(), ownsHandle: false))
            {
                package.CopyVerifiedImage(target);
            }

            Descriptors.Seal(memfd);
            readOnly = Descriptors.ReopenReadOnly(memfd).ToFileHandle();
        }

        try
        {
            return New(package, LoopDevice.Attach(readOnly, 0, package.SquashfsLengthBytes, loopDeviceTimeout), readOnly, context, SealedMemory);
        }
        catch
        {
            readOnly.Dispose();
            throw;
        }
    }

    private static MountedImage New(NpkPackage package, LoopDevice device, SafeFileHandle? copy, string? context, string integrity)
    {
        try
        {
            return new MountedImage(package.Manifest.Id, device, copy, context, integrity);
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }
}
