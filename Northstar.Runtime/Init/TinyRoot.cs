// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Init;

/// <summary>
/// The launcher's own root: a tmpfs that holds what mounts inside containers are made of, and nothing of the host. A child copies this
/// short mount table instead of the host's.
/// </summary>
/// <remarks><c>/dev</c>: the six device nodes and four links. <c>/empty</c>: a file nobody may read. <c>/void</c>: an empty directory. <c>/mnt</c>: a place to attach.</remarks>
internal static unsafe class TinyRoot
{
    /// <summary>Gets <c>/dev/null</c> for standard input. Its node lies on a read-only file system of our own: nobody can change it.</summary>
    internal static int NullToRead { get; private set; } = -1;

    /// <summary>Gets <c>/dev/null</c> for standard output and error.</summary>
    internal static int NullToWrite { get; private set; } = -1;

    /// <summary>Returns false with errno set when a step fails.</summary>
    internal static bool Enter()
    {
        fixed (byte* slash = "/\0"u8, dot = ".\0"u8, empty = "\0"u8)
        {
            int root = FileSystem.NewTmpfs("mode=0755"u8, Sys.MOUNT_ATTR_NOSUID | Sys.MOUNT_ATTR_NOEXEC);
            return root >= 0
                && Sys.unshare(Sys.CLONE_NEWNS) == 0
                && Sys.mount(null, slash, null, Sys.MS_REC | Sys.MS_PRIVATE, null) == 0
                && DeviceNodes.Prepare()
                && Sys.move_mount(root, empty, Sys.AT_FDCWD, slash, Sys.MOVE_MOUNT_F_EMPTY_PATH) == 0
                && Sys.fchdir(root) == 0
                && Sys.pivot_root(dot, dot) == 0
                && Sys.umount2(dot, Sys.MNT_DETACH) == 0
                && Sys.chdir(slash) == 0
                && Populate()
                && FileSystem.MakeReadOnly(root)
                && OpenNull()
                && Sys.close(root) == 0;
        }
    }

    private static bool Populate()
    {
        fixed (byte* dev = "/dev\0"u8, hidden = "/empty\0"u8, nothing = "/void\0"u8, mnt = "/mnt\0"u8, empty = "\0"u8)
        {
            _ = Sys.umask(0);
            int tmpfs = DeviceDirectory.New(DeviceNodes.AreCloned);
            bool done = tmpfs >= 0
                && Sys.mkdirat(Sys.AT_FDCWD, dev, 0x1ED) == 0
                && Sys.mkdirat(Sys.AT_FDCWD, nothing, 0) == 0
                && Sys.mkdirat(Sys.AT_FDCWD, mnt, 0x1C0) == 0
                && Sys.mknodat(Sys.AT_FDCWD, hidden, Sys.S_IFREG, 0) == 0
                && FileSystem.MakeReadOnly(tmpfs)
                && Sys.move_mount(tmpfs, empty, Sys.AT_FDCWD, dev, Sys.MOVE_MOUNT_F_EMPTY_PATH) == 0
                && DeviceNodes.Attach()
                && Sys.close(tmpfs) == 0;
            return done;
        }
    }

    private static bool OpenNull()
    {
        fixed (byte* path = "/dev/null\0"u8)
        {
            NullToRead = Sys.open(path, Sys.O_RDONLY | Sys.O_CLOEXEC, 0);
            NullToWrite = Sys.open(path, Sys.O_WRONLY | Sys.O_CLOEXEC, 0);
            return NullToRead >= 0 && NullToWrite >= 0;
        }
    }
}
