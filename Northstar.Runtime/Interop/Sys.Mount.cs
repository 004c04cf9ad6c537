// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Northstar.Runtime.Interop;

/// <summary>Mounting by descriptor: fsopen(2), fsmount(2), open_tree(2), move_mount(2), mount_setattr(2), pivot_root(2).</summary>
internal static unsafe partial class Sys
{
    internal const uint FSOPEN_CLOEXEC = 1;
    internal const uint FSMOUNT_CLOEXEC = 1;
    internal const uint FSCONFIG_SET_FLAG = 0;
    internal const uint FSCONFIG_SET_STRING = 1;
    internal const uint FSCONFIG_CMD_CREATE = 6;

    internal const ulong MOUNT_ATTR_RDONLY = 0x1;
    internal const ulong MOUNT_ATTR_NOSUID = 0x2;
    internal const ulong MOUNT_ATTR_NODEV = 0x4;
    internal const ulong MOUNT_ATTR_NOEXEC = 0x8;
    internal const ulong MOUNT_ATTR_IDMAP = 0x100000;

    internal const uint OPEN_TREE_CLONE = 1;
    internal const uint OPEN_TREE_CLOEXEC = 0x80000;
    internal const uint MOVE_MOUNT_F_EMPTY_PATH = 0x4;
    internal const uint MOVE_MOUNT_T_EMPTY_PATH = 0x40;

    internal const int AT_FDCWD = -100;
    internal const uint AT_EMPTY_PATH = 0x1000;
    internal const uint AT_SYMLINK_NOFOLLOW = 0x100;
    internal const uint AT_RECURSIVE = 0x8000;

    internal const int MNT_DETACH = 2;
    internal const ulong MS_REC = 0x4000;
    internal const ulong MS_PRIVATE = 0x40000;
    internal const ulong MS_SLAVE = 0x80000;

    [StructLayout(LayoutKind.Sequential)]
    internal struct mount_attr
    {
        internal ulong attr_set;
        internal ulong attr_clr;
        internal ulong propagation;
        internal ulong userns_fd;
    }

    internal static int fsopen(byte* fsname, uint flags) => (int)syscall(SYS_fsopen, (nint)fsname, (nint)flags, 0, 0, 0, 0);

    internal static int fsconfig(int fd, uint cmd, byte* key, byte* value) =>
        (int)syscall(SYS_fsconfig, fd, (nint)cmd, (nint)key, (nint)value, 0, 0);

    internal static int fsmount(int fd, uint flags, ulong attributes) =>
        (int)syscall(SYS_fsmount, fd, (nint)flags, (nint)attributes, 0, 0, 0);

    internal static int open_tree(int dirfd, byte* path, uint flags) =>
        (int)syscall(SYS_open_tree, dirfd, (nint)path, (nint)flags, 0, 0, 0);

    internal static int move_mount(int fromFd, byte* fromPath, int toFd, byte* toPath, uint flags) =>
        (int)syscall(SYS_move_mount, fromFd, (nint)fromPath, toFd, (nint)toPath, (nint)flags, 0);

    internal static int mount_setattr(int dirfd, byte* path, uint flags, mount_attr* attributes) =>
        (int)syscall(SYS_mount_setattr, dirfd, (nint)path, (nint)flags, (nint)attributes, sizeof(mount_attr), 0);

    internal static int pivot_root(byte* newRoot, byte* putOld) =>
        (int)syscall(SYS_pivot_root, (nint)newRoot, (nint)putOld, 0, 0, 0, 0);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int mount(byte* source, byte* target, byte* filesystemtype, ulong mountflags, void* data);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int umount2(byte* target, int flags);
}
