// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Linux.Mounts;

namespace Northstar.Runtime.Linux.Verity;

/// <summary>Opens a block device by its number, not by a path that somebody else could have made.</summary>
internal static unsafe class BlockNode
{
    private const uint OwnerOnly = 0x100; // 0400
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMilliseconds(50);

    /// <summary>Opens a device-mapper device read-only.</summary>
    /// <param name="device">Its number.</param>
    /// <param name="timeout">How long to wait for the host's node, where making one of our own is not allowed.</param>
    /// <exception cref="LinuxException">It cannot be opened.</exception>
    internal static DeviceMapperHandle Open(ulong device, TimeSpan timeout)
    {
        try
        {
            return OpenOwn(device);
        }
        catch (LinuxException e) when ((Errno)e.Errno is Errno.EPERM or Errno.EACCES)
        {
            // No CAP_MKNOD, or a device cgroup that allows none.
            return OpenOfHost(device, timeout);
        }
    }

    /// <summary>Makes the node where nobody else can reach it: in a file system in memory that is attached to nothing and goes with the descriptor.</summary>
    internal static DeviceMapperHandle OpenOwn(ulong device)
    {
        using MountHandle directory = DetachedMount.NewTmpfs(Sys.MOUNT_ATTR_NOSUID | Sys.MOUNT_ATTR_NOEXEC);
        using var parent = new Borrow(directory);
        string name = NameOf(device);
        var handle = new DeviceMapperHandle();
        try
        {
            fixed (byte* path = Encoding.UTF8.GetBytes(name + '\0'))
            {
                if (Sys.mknodat(parent.Fd, path, Sys.S_IFBLK | OwnerOnly, device) < 0)
                {
                    throw new LinuxException(Marshal.GetLastPInvokeError(), "mknod", name);
                }

                handle.Take(Sys.openat(parent.Fd, path, Sys.O_RDONLY | Sys.O_CLOEXEC, 0), "open block device", name);
            }

            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Waits for the node of devtmpfs or of whoever makes nodes here, and checks that it is this device's.</summary>
    internal static DeviceMapperHandle OpenOfHost(ulong device, TimeSpan timeout)
    {
        long start = Stopwatch.GetTimestamp();
        TimeSpan pause = s_firstPause;
        while (true)
        {
            LinuxException? failure = null;
            foreach (string path in new[] { $"/dev/{NameOf(device)}", $"/dev/block/{NameOf(device)}" })
            {
                try
                {
                    if (TryOpen(path, device) is { } handle)
                    {
                        return handle;
                    }
                }
                catch (LinuxException e) when ((Errno)e.Errno is Errno.ENOENT or Errno.ENXIO or Errno.ENODEV)
                {
                    failure ??= e;
                }
            }

            if (Stopwatch.GetElapsedTime(start) + pause > timeout)
            {
                throw failure ?? new LinuxException((int)Errno.ENOENT, "open block device", NameOf(device));
            }

            Thread.Sleep(pause);
            pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
        }
    }

    /// <summary>Gets the kernel's name of a device-mapper device.</summary>
    internal static string NameOf(ulong device) => $"dm-{Sys.minor(device)}";

    private static DeviceMapperHandle? TryOpen(string path, ulong device)
    {
        var handle = new DeviceMapperHandle();
        try
        {
            fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
            {
                handle.Take(Sys.open(name, Sys.O_RDONLY | Sys.O_CLOEXEC | Sys.O_NOFOLLOW | Sys.O_NONBLOCK, 0), "open block device", path);
            }

            if (Descriptors.DeviceOf(handle) == device)
            {
                return handle;
            }
        }
        catch
        {
            handle.Dispose();
            throw;
        }

        handle.Dispose();
        return null;
    }
}
