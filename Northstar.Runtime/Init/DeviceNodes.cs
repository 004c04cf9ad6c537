// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Init;

/// <summary>
/// The six device nodes of the tiny root. They are nodes of our own; without CAP_MKNOD they are read-only bind mounts of the host's, each
/// checked for the device that it is.
/// </summary>
internal static unsafe class DeviceNodes
{
    private const int Count = 6;
    private const int CapMknod = 27;
    private const uint DeviceMode = Sys.S_IFCHR | 0x1B6; // 0666

    private static readonly int[] s_clones = new int[Count];

    /// <summary>Takes hold of the host's nodes while they can be seen, if nodes cannot be made. Returns false with errno set.</summary>
    internal static bool Prepare()
    {
        var header = new Sys.cap_user_header { version = Sys._LINUX_CAPABILITY_VERSION_3 };
        var data = default(Sys.cap_user_data);
        if (Sys.capget(&header, &data) < 0)
        {
            return false;
        }

        AreCloned = (data.effective_low >> CapMknod & 1) == 0;
        byte* path = stackalloc byte[16];
        for (int i = 0; AreCloned && i < Count; i++)
        {
            PathOf(i, path);
            s_clones[i] = Clone(path, i);
            if (s_clones[i] < 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Gets a value indicating whether nodes cannot be made and are attached.</summary>
    internal static bool AreCloned { get; private set; }

    /// <summary>Makes the nodes in a directory, or empty files to attach nodes to.</summary>
    internal static bool Make(int directory, bool asFiles)
    {
        for (int i = 0; i < Count; i++)
        {
            fixed (byte* name = Name(i))
            {
                int made = asFiles
                    ? Sys.mknodat(directory, name, Sys.S_IFREG, 0)
                    : Sys.mknodat(directory, name, DeviceMode, Sys.makedev(Major(i), Minor(i)));
                if (made < 0)
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>Attaches the host's nodes, now that the directory is <c>/dev</c>.</summary>
    internal static bool Attach()
    {
        byte* path = stackalloc byte[16];
        for (int i = 0; AreCloned && i < Count; i++)
        {
            PathOf(i, path);
            fixed (byte* empty = "\0"u8)
            {
                if (Sys.move_mount(s_clones[i], empty, Sys.AT_FDCWD, path, Sys.MOVE_MOUNT_F_EMPTY_PATH) < 0)
                {
                    return false;
                }
            }

            _ = Sys.close(s_clones[i]);
        }

        return true;
    }

    /// <summary>
    /// Puts the tiny root's nodes on the empty files of a container's own <c>/dev</c>. Init cannot make nodes there: on cgroup v2 it is born under
    /// the filter of devices that its container has.
    /// </summary>
    /// <param name="directory">The attached mount.</param>
    internal static bool AttachTo(int directory)
    {
        byte* path = stackalloc byte[16];
        for (int i = 0; i < Count; i++)
        {
            PathOf(i, path);
            fixed (byte* empty = "\0"u8, name = Name(i))
            {
                int clone = Sys.open_tree(Sys.AT_FDCWD, path, Sys.OPEN_TREE_CLONE | Sys.OPEN_TREE_CLOEXEC);
                if (clone < 0 || Sys.move_mount(clone, empty, directory, name, Sys.MOVE_MOUNT_F_EMPTY_PATH) < 0)
                {
                    return false;
                }

                _ = Sys.close(clone);
            }
        }

        return true;
    }

    /// <summary>Returns a detached, read-only mount of a node: who owns the node cannot change its mode or times through it.</summary>
    private static int Clone(byte* path, int index)
    {
        fixed (byte* empty = "\0"u8)
        {
            int clone = Sys.open_tree(Sys.AT_FDCWD, path, Sys.OPEN_TREE_CLONE | Sys.OPEN_TREE_CLOEXEC);
            var attributes = new Sys.mount_attr { attr_set = Sys.MOUNT_ATTR_RDONLY | Sys.MOUNT_ATTR_NOSUID | Sys.MOUNT_ATTR_NOEXEC };
            Sys.statx_result found;
            if (clone < 0
                || Sys.mount_setattr(clone, empty, Sys.AT_EMPTY_PATH, &attributes) < 0
                || Sys.statx(clone, empty, Sys.AT_EMPTY_PATH, Sys.STATX_TYPE, &found) < 0)
            {
                return -1;
            }

            if ((found.stx_mode & Sys.S_IFMT) == Sys.S_IFCHR && found.stx_rdev_major == Major(index) && found.stx_rdev_minor == Minor(index))
            {
                return clone;
            }

            System.Runtime.InteropServices.Marshal.SetLastPInvokeError((int)Errno.ENODEV);
            return -1;
        }
    }

    private static void PathOf(int index, byte* path)
    {
        "/dev/"u8.CopyTo(new Span<byte>(path, 5));
        Name(index).CopyTo(new Span<byte>(path + 5, 8));
    }

    private static ReadOnlySpan<byte> Name(int index) => index switch
    {
        0 => "full\0"u8,
        1 => "null\0"u8,
        2 => "random\0"u8,
        3 => "tty\0"u8,
        4 => "urandom\0"u8,
        _ => "zero\0"u8,
    };

    private static uint Major(int index) => index == 3 ? 5u : 1u;

    private static uint Minor(int index) => index switch
    {
        0 => 7,
        1 => 3,
        2 => 8,
        3 => 0,
        4 => 9,
        _ => 5,
    };
}
