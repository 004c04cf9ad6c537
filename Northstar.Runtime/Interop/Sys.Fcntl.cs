// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Northstar.Runtime.Interop;

/// <summary>Opening and describing files: openat2(2), fcntl(2), dup3(2), close_range(2).</summary>
internal static unsafe partial class Sys
{
    internal const int O_RDONLY = 0;
    internal const int O_WRONLY = 1;
    internal const int O_RDWR = 2;
    internal const int O_CREAT = 0x40;
    internal const int O_EXCL = 0x80;
    internal const int O_NOCTTY = 0x100;
    internal const int O_TRUNC = 0x200;
    internal const int O_APPEND = 0x400;
    internal const int O_NONBLOCK = 0x800;
    internal const int O_CLOEXEC = 0x80000;
    internal const int O_PATH = 0x200000;

    internal const ulong RESOLVE_NO_XDEV = 0x01;
    internal const ulong RESOLVE_NO_MAGICLINKS = 0x02;
    internal const ulong RESOLVE_NO_SYMLINKS = 0x04;
    internal const ulong RESOLVE_BENEATH = 0x08;
    internal const ulong RESOLVE_IN_ROOT = 0x10;

    /// <summary>Fails with EAGAIN rather than to ask a disk or a server (Linux 5.12).</summary>
    internal const ulong RESOLVE_CACHED = 0x20;

    internal const int F_GETFD = 1;
    internal const int F_SETFD = 2;
    internal const int F_GETFL = 3;
    internal const int F_DUPFD_CLOEXEC = 1030;
    internal const int F_ADD_SEALS = 1033;
    internal const int F_GET_SEALS = 1034;
    internal const int FD_CLOEXEC = 1;

    internal const int F_SEAL_SEAL = 1;
    internal const int F_SEAL_SHRINK = 2;
    internal const int F_SEAL_GROW = 4;
    internal const int F_SEAL_WRITE = 8;
    internal const int F_SEAL_EXEC = 0x20;

    /// <summary>These differ between architectures (asm/fcntl.h).</summary>
    internal static int O_DIRECTORY => IsArm64 ? 0x4000 : 0x10000;

    internal static int O_NOFOLLOW => IsArm64 ? 0x8000 : 0x20000;

    [StructLayout(LayoutKind.Sequential)]
    internal struct open_how
    {
        internal ulong flags;
        internal ulong mode;
        internal ulong resolve;
    }

    internal static int openat2(int dirfd, byte* path, open_how* how) =>
        (int)syscall(SYS_openat2, dirfd, (nint)path, (nint)how, sizeof(open_how), 0, 0);

    internal static int close_range(uint first, uint last, uint flags) =>
        (int)syscall(SYS_close_range, (nint)first, (nint)last, (nint)flags, 0, 0, 0);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int open(byte* path, int flags, uint mode);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int openat(int dirfd, byte* path, int flags, uint mode);

    internal const int FALLOC_FL_KEEP_SIZE = 1;

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int fallocate(int fd, int mode, long offset, long length);

    internal const uint SYNC_FILE_RANGE_WRITE = 2;

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int sync_file_range(int fd, long offset, long count, uint flags);

    internal const int LOCK_EX = 2;
    internal const int LOCK_NB = 4;

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int flock(int fd, int operation);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int fcntl(int fd, int command, nint argument);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int dup3(int from, int to, int flags);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int close(int fd);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial nint read(int fd, void* buffer, nuint count);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial nint pread(int fd, void* buffer, nuint count, long offset);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial nint write(int fd, void* buffer, nuint count);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int pipe2(int* fds, int flags);
}
