// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using System.Text;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux.Mounts;

/// <summary>Makes mounts that are attached to nothing; the descriptor is all there is of them (fsmount(2), open_tree(2)).</summary>
internal static unsafe class DetachedMount
{
    /// <summary>Mounts a block device. Mounts of one device share its super block, and with it the page cache.</summary>
    /// <param name="device">The device's path.</param>
    /// <param name="fileSystem">The type.</param>
    /// <param name="attributes">MOUNT_ATTR_*.</param>
    /// <param name="context">The SELinux context of all files, or null.</param>
    /// <param name="displayName">What errors call the device; null for its path.</param>
    internal static MountHandle FromDevice(string device, string fileSystem, ulong attributes, string? context = null, string? displayName = null) =>
        New(fileSystem, [("source", device), ("ro", null), .. context is null ? [] : new (string, string?)[] { ("context", context) }], attributes,
            $"{fileSystem} on {displayName ?? device}");

    /// <summary>Makes an empty file system in memory, for its owner alone.</summary>
    internal static MountHandle NewTmpfs(ulong attributes) => New("tmpfs", [("mode", "0700")], attributes, "tmpfs");

    /// <summary>Makes a procfs in which nothing hides the files of the kernel.</summary>
    internal static MountHandle NewProcfs() => New("proc", [], Sys.MOUNT_ATTR_NOSUID | Sys.MOUNT_ATTR_NODEV | Sys.MOUNT_ATTR_NOEXEC, "proc");

    private static MountHandle New(string fileSystem, IEnumerable<(string Key, string? Value)> settings, ulong attributes, string displayName)
    {
        using var configuration = new SafeFd();
        fixed (byte* type = Utf8(fileSystem))
        {
            configuration.Take(Sys.fsopen(type, Sys.FSOPEN_CLOEXEC), "fsopen", fileSystem);
        }

        using var fd = new Borrow(configuration);
        foreach ((string key, string? value) in settings)
        {
            Configure(fd.Fd, value is null ? Sys.FSCONFIG_SET_FLAG : Sys.FSCONFIG_SET_STRING, key, value);
        }

        if (Sys.fsconfig(fd.Fd, Sys.FSCONFIG_CMD_CREATE, null, null) < 0)
        {
            throw new LinuxException(Marshal.GetLastPInvokeError(), "fsconfig", displayName);
        }

        var mount = new MountHandle();
        mount.Take(Sys.fsmount(fd.Fd, Sys.FSMOUNT_CLOEXEC, attributes), "fsmount", displayName);
        return mount;
    }

    /// <summary>Makes a bind mount of a path of the host, without or with its submounts, and sets its attributes on all of it.</summary>
    internal static MountHandle FromPath(string path, bool recursive, ulong attributes) =>
        Clone(Sys.AT_FDCWD, path, recursive ? Sys.AT_RECURSIVE : 0, attributes, path);

    /// <summary>Makes a bind mount of an open place, as <see cref="FromPath"/> does of a path.</summary>
    internal static MountHandle FromOpened(SafeHandle place, bool recursive, ulong attributes, string displayPath)
    {
        using var fd = new Borrow(place);
        return Clone(fd.Fd, "", Sys.AT_EMPTY_PATH | (recursive ? Sys.AT_RECURSIVE : 0), attributes, displayPath);
    }

    /// <summary>Makes a bind mount of an open directory.</summary>
    internal static MountHandle FromDirectory(SafeHandle directory, ulong attributes, string displayPath)
    {
        using var fd = new Borrow(directory);
        return Clone(fd.Fd, "", Sys.AT_EMPTY_PATH, attributes, displayPath);
    }

    /// <summary>Shows the files of a mount that nobody has seen yet under other ids (mount_setattr(2), MOUNT_ATTR_IDMAP).</summary>
    /// <exception cref="LinuxException">EINVAL: the file system cannot do that.</exception>
    internal static void MapIds(MountHandle mount, SafeFd userNamespace, string displayPath)
    {
        using var fd = new Borrow(mount);
        using var map = new Borrow(userNamespace);
        var attributes = new Sys.mount_attr { attr_set = Sys.MOUNT_ATTR_IDMAP, userns_fd = (ulong)map.Fd };
        fixed (byte* empty = "\0"u8)
        {
            if (Sys.mount_setattr(fd.Fd, empty, Sys.AT_EMPTY_PATH, &attributes) < 0)
            {
                throw new LinuxException(Marshal.GetLastPInvokeError(), "map ids", displayPath);
            }
        }
    }

    private static MountHandle Clone(int directory, string path, uint flags, ulong attributes, string displayPath)
    {
        var mount = new MountHandle();
        fixed (byte* source = Utf8(path))
        {
            mount.Take(Sys.open_tree(directory, source, Sys.OPEN_TREE_CLONE | Sys.OPEN_TREE_CLOEXEC | flags), "open_tree", displayPath);
        }

        try
        {
            // Changes in the host's tree do not reach into the container, whatever its propagation was.
            var attr = new Sys.mount_attr { attr_set = attributes, propagation = Sys.MS_PRIVATE };
            using var fd = new Borrow(mount);
            fixed (byte* empty = "\0"u8)
            {
                return Sys.mount_setattr(fd.Fd, empty, Sys.AT_EMPTY_PATH | (flags & Sys.AT_RECURSIVE), &attr) == 0
                    ? mount
                    : throw new LinuxException(Marshal.GetLastPInvokeError(), "mount_setattr", displayPath);
            }
        }
        catch
        {
            mount.Dispose();
            throw;
        }
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text + '\0');

    private static void Configure(int fd, uint command, string key, string? value)
    {
        fixed (byte* name = Utf8(key), text = value is null ? null : Utf8(value))
        {
            if (Sys.fsconfig(fd, command, name, text) < 0)
            {
                throw new LinuxException(Marshal.GetLastPInvokeError(), "fsconfig", value is null ? key : $"{key}={value}");
            }
        }
    }
}
