// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Northstar.Runtime.Interop;

/// <summary>Files, nodes and directories: statx(2), mkdirat(2), mknodat(2), fchmod(2), symlinkat(2), umask(2).</summary>
internal static unsafe partial class Sys
{
    internal const uint S_IFCHR = 0x2000;
    internal const uint S_IFDIR = 0x4000;
    internal const uint S_IFBLK = 0x6000;
    internal const uint S_IFREG = 0x8000;

    internal const uint S_IFMT = 0xF000;
    internal const uint S_IFSOCK = 0xC000;
    internal const uint STATX_TYPE = 1;
    internal const int AT_STATX_DONT_SYNC = 0x4000;
    internal const uint STATX_MODE = 2;
    internal const uint STATX_UID = 8;
    internal const uint STATX_GID = 0x10;
    internal const uint STATX_INO = 0x100;

    internal const ulong STATX_ATTR_MOUNT_ROOT = 0x2000;

    /// <summary><c>struct statx</c>, as far as it is used.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct statx_result
    {
        internal uint stx_mask;
        internal uint stx_blksize;
        internal ulong stx_attributes;
        internal uint stx_nlink;
        internal uint stx_uid;
        internal uint stx_gid;
        internal ushort stx_mode;
        internal ushort __spare0;
        internal ulong stx_ino;
        internal ulong stx_size;
        internal ulong stx_blocks;
        internal ulong stx_attributes_mask;
        internal fixed ulong __times[8];
        internal uint stx_rdev_major;
        internal uint stx_rdev_minor;
        internal uint stx_dev_major;
        internal uint stx_dev_minor;
        internal fixed ulong __rest[14];
    }

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int statx(int dirfd, byte* path, uint flags, uint mask, statx_result* result);

    /// <summary>The device number of a pair as the kernel takes it: a major of 12 bits, a minor of 20 (makedev(3)).</summary>
    internal static ulong makedev(uint major, uint minor) => ((ulong)major << 8) | (minor & 0xFF) | ((ulong)(minor & 0xFFF00) << 12);

    internal static uint major(ulong dev) => (uint)(dev >> 8) & 0xFFF;

    internal static uint minor(ulong dev) => (uint)(dev & 0xFF) | ((uint)(dev >> 12) & 0xFFF00);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int mkdirat(int dirfd, byte* path, uint mode);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int mknodat(int dirfd, byte* path, uint mode, ulong dev);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int symlinkat(byte* target, int dirfd, byte* path);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int fchmod(int fd, uint mode);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int fchownat(int dirfd, byte* path, uint owner, uint group, int flags);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int fchmodat(int dirfd, byte* path, uint mode, int flags);

    internal const long PID_FS_MAGIC = 0x50494446;
    internal const long PROC_SUPER_MAGIC = 0x9fa0;

    /// <summary><c>struct statfs</c> of 64-bit architectures, as far as it is used.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct statfs
    {
        internal long f_type;
        internal fixed long __rest[14];
    }

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int fstatfs(int fd, statfs* result);

    internal const uint RENAME_NOREPLACE = 1;
    internal const int R_OK = 4;
    internal const int W_OK = 2;
    internal const int X_OK = 1;
    internal const int AT_EACCESS = 0x200;

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int faccessat(int dirfd, byte* path, int mode, int flags);

    internal const uint AT_REMOVEDIR = 0x200;

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial nint getdents64(int fd, byte* entries, nuint length);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int unlinkat(int dirfd, byte* path, int flags);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int renameat2(int olddirfd, byte* oldpath, int newdirfd, byte* newpath, uint flags);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int fsync(int fd);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int fdatasync(int fd);

    [LibraryImport(Libraries.C)]
    internal static partial uint umask(uint mask);
}
