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
            int root = NewTmpfs("mode=0755"u8, Sys.MOUNT_ATTR_NOSUID | Sys.MOUNT_ATTR_NOEXEC);
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
                && MakeReadOnly(root)
                && OpenNull()
                && Sys.close(root) == 0;
        }
    }

    private static bool Populate()
    {
        fixed (byte* dev = "/dev\0"u8, hidden = "/empty\0"u8, nothing = "/void\0"u8, mnt = "/mnt\0"u8, empty = "\0"u8)
        {
            int tmpfs = NewTmpfs("mode=0755"u8, Sys.MOUNT_ATTR_NOSUID | Sys.MOUNT_ATTR_NOEXEC);
            _ = Sys.umask(0);
            bool done = tmpfs >= 0
                && Sys.mkdirat(Sys.AT_FDCWD, dev, 0x1ED) == 0
                && Sys.mkdirat(Sys.AT_FDCWD, nothing, 0) == 0
                && Sys.mkdirat(Sys.AT_FDCWD, mnt, 0x1C0) == 0
                && Sys.mknodat(Sys.AT_FDCWD, hidden, Sys.S_IFREG, 0) == 0
                && DeviceNodes.Make(tmpfs)
                && Link(tmpfs, "fd\0"u8, "/proc/self/fd\0"u8)
                && Link(tmpfs, "stdin\0"u8, "/proc/self/fd/0\0"u8)
                && Link(tmpfs, "stdout\0"u8, "/proc/self/fd/1\0"u8)
                && Link(tmpfs, "stderr\0"u8, "/proc/self/fd/2\0"u8)
                && MakeReadOnly(tmpfs)
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

    private static bool MakeReadOnly(int mount)
    {
        var attributes = new Sys.mount_attr { attr_set = Sys.MOUNT_ATTR_RDONLY };
        fixed (byte* empty = "\0"u8)
        {
            return Sys.mount_setattr(mount, empty, Sys.AT_EMPTY_PATH, &attributes) == 0;
        }
    }

    private static bool Link(int directory, ReadOnlySpan<byte> name, ReadOnlySpan<byte> target)
    {
        fixed (byte* path = name, to = target)
        {
            return Sys.symlinkat(to, directory, path) == 0;
        }
    }

    /// <summary>Makes a detached tmpfs; parameters are <c>key=value</c> words joined by commas.</summary>
    private static int NewTmpfs(ReadOnlySpan<byte> parameters, ulong attributes)
    {
        byte* data = stackalloc byte[64];
        parameters.CopyTo(new Span<byte>(data, 63));
        data[parameters.Length] = 0;
        fixed (byte* type = "tmpfs\0"u8)
        {
            return FileSystem.NewMount(type, data, attributes);
        }
    }
}
