// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using System.Text;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Handles;

/// <summary>Opens descriptors of everyday kinds; all are close-on-exec.</summary>
internal static unsafe class Descriptors
{
    /// <summary>Opens a path. <paramref name="operation"/> is what an error calls it.</summary>
    internal static SafeFd Open(string path, int flags, string operation = "open")
    {
        var fd = new SafeFd();
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            fd.Take(Sys.open(name, flags | Sys.O_CLOEXEC, 0), operation, path);
        }

        return fd;
    }

    /// <summary>Opens or makes an entry of an open directory.</summary>
    internal static SafeFd OpenAt(SafeHandle directory, string name, int flags, uint mode = 0)
    {
        var fd = new SafeFd();
        using var parent = new Borrow(directory);
        fixed (byte* path = Encoding.UTF8.GetBytes(name + '\0'))
        {
            fd.Take(Sys.openat(parent.Fd, path, flags | Sys.O_CLOEXEC, mode), "open", name);
        }

        return fd;
    }

    /// <summary>Opens a path below a directory that no symlink, magic link or <c>..</c> leaves (openat2(2), RESOLVE_IN_ROOT).</summary>
    internal static SafeFd OpenInRoot(SafeHandle root, string path, int flags)
    {
        var fd = new SafeFd();
        using var directory = new Borrow(root);
        var how = new Sys.open_how
        {
            flags = (ulong)(uint)(flags | Sys.O_CLOEXEC),
            resolve = Sys.RESOLVE_IN_ROOT | Sys.RESOLVE_NO_MAGICLINKS,
        };
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            fd.Take(Sys.openat2(directory.Fd, name, &how), "open", path);
        }

        return fd;
    }

    /// <summary>Opens a directory of another one and nothing else: no link, no mount. Null when there is no such directory.</summary>
    /// <param name="parent">The other one.</param>
    /// <param name="name">The name, as the kernel has it; what follows it in memory is its final NUL.</param>
    /// <param name="displayPath">What errors name.</param>
    internal static SafeFd? TryOpenDirectory(SafeHandle parent, ReadOnlySpan<byte> name, string displayPath)
    {
        var how = new Sys.open_how
        {
            flags = (ulong)(uint)(Sys.O_RDONLY | Sys.O_DIRECTORY | Sys.O_NOFOLLOW | Sys.O_CLOEXEC),
            resolve = Sys.RESOLVE_BENEATH | Sys.RESOLVE_NO_SYMLINKS | Sys.RESOLVE_NO_XDEV,
        };
        var directory = new SafeFd();
        using var fd = new Borrow(parent);
        fixed (byte* path = name)
        {
            int opened = Sys.openat2(fd.Fd, path, &how);
            if (opened < 0 && (Errno)Marshal.GetLastPInvokeError() is Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP)
            {
                directory.Dispose();
                return null;
            }

            directory.Take(opened, "open", displayPath);
            return directory;
        }
    }

    /// <summary>Opens a path as a place (O_PATH) if the kernel knows the way without asking a disk or a server; else null (openat2(2), RESOLVE_CACHED).</summary>
    internal static SafeFd? TryOpenCached(string path)
    {
        var how = new Sys.open_how { flags = (ulong)(uint)(Sys.O_PATH | Sys.O_CLOEXEC), resolve = Sys.RESOLVE_CACHED };
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            int found = Sys.openat2(Sys.AT_FDCWD, name, &how);
            if (found < 0)
            {
                return null;
            }

            var fd = new SafeFd();
            fd.Take(found, "openat2", path);
            return fd;
        }
    }

    /// <summary>Makes a pair of connected Unix sockets of the given type (SOCK_*).</summary>
    internal static (SafeFd Ours, SafeFd Theirs) SocketPair(int type)
    {
        var ours = new SafeFd();
        var theirs = new SafeFd();
        int* fds = stackalloc int[2];
        if (Sys.socketpair(Sys.AF_UNIX, type | Sys.SOCK_CLOEXEC, 0, fds) < 0)
        {
            throw new LinuxException(Marshal.GetLastPInvokeError(), "socketpair");
        }

        ours.Take(fds[0], "socketpair");
        theirs.Take(fds[1], "socketpair");
        return (ours, theirs);
    }

    /// <summary>Makes a memory file that can be sealed.</summary>
    internal static SafeFd NewMemfd(string name)
    {
        var fd = new SafeFd();
        fixed (byte* text = Encoding.UTF8.GetBytes(name + '\0'))
        {
            fd.Take(Sys.memfd_create(text, Sys.MFD_CLOEXEC | Sys.MFD_ALLOW_SEALING), "memfd_create", name);
        }

        return fd;
    }

    /// <summary>Forbids every further change of a memory file, of its mode too where the kernel can (Linux 6.3), and reads the seals back.</summary>
    internal static void Seal(SafeHandle memfd)
    {
        const int Seals = Sys.F_SEAL_SEAL | Sys.F_SEAL_SHRINK | Sys.F_SEAL_GROW | Sys.F_SEAL_WRITE;
        using var fd = new Borrow(memfd);
        bool isSealed = Sys.fcntl(fd.Fd, Sys.F_ADD_SEALS, Seals | Sys.F_SEAL_EXEC) == 0 || Sys.fcntl(fd.Fd, Sys.F_ADD_SEALS, Seals) == 0;
        if (!isSealed || (Sys.fcntl(fd.Fd, Sys.F_GET_SEALS, 0) & Seals) != Seals)
        {
            throw new LinuxException(Marshal.GetLastPInvokeError(), "seal");
        }
    }

    /// <summary>Duplicates a descriptor to a number that is not below <paramref name="lowest"/>.</summary>
    internal static SafeFd Duplicate(SafeHandle file, int lowest)
    {
        var copy = new SafeFd();
        using var fd = new Borrow(file);
        copy.Take(Sys.fcntl(fd.Fd, Sys.F_DUPFD_CLOEXEC, lowest), "fcntl");
        return copy;
    }

    /// <summary>Opens a descriptor's file again, read-only.</summary>
    internal static SafeFd ReopenReadOnly(SafeHandle file)
    {
        using var fd = new Borrow(file);
        return Open($"/proc/self/fd/{fd.Fd}", Sys.O_RDONLY);
    }

    /// <summary>Returns the number that a descriptor's file has in its file system.</summary>
    internal static ulong InodeOf(SafeHandle file, string displayPath)
    {
        using var fd = new Borrow(file);
        Sys.statx_result status;
        fixed (byte* empty = "\0"u8)
        {
            return Sys.statx(fd.Fd, empty, Sys.AT_EMPTY_PATH, Sys.STATX_INO, &status) == 0
                ? status.stx_ino
                : throw new LinuxException(Marshal.GetLastPInvokeError(), "statx", displayPath);
        }
    }

    /// <summary>Returns the number of the device that a descriptor's node stands for, 0 when it is none.</summary>
    internal static ulong DeviceOf(SafeHandle file)
    {
        using var fd = new Borrow(file);
        Sys.statx_result status;
        fixed (byte* empty = "\0"u8)
        {
            return Sys.statx(fd.Fd, empty, Sys.AT_EMPTY_PATH, Sys.STATX_TYPE, &status) == 0
                ? Sys.makedev(status.stx_rdev_major, status.stx_rdev_minor)
                : throw new LinuxException(Marshal.GetLastPInvokeError(), "statx");
        }
    }
}
