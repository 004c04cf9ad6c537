// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;

namespace Northstar.Runtime.Init.Stages;

/// <summary>Attaches the root and the mounts of the plan, hides paths, and makes the root the only thing there is.</summary>
internal static unsafe class RootStage
{
    internal static void Build(ref PlanReader plan)
    {
        fixed (byte* slash = "/\0"u8, empty = "\0"u8, dot = ".\0"u8)
        {
            Failure.Enter(LaunchStage.Root);
            int root = plan.Descriptor();
            Failure.Check(Sys.move_mount(root, empty, Sys.AT_FDCWD, slash, Sys.MOVE_MOUNT_F_EMPTY_PATH), LaunchStage.Root, slash);

            Failure.Enter(LaunchStage.Mount);
            uint count = plan.Number();
            for (uint i = 0; i < count; i++)
            {
                Mount(ref plan, root);
            }

            Failure.Enter(LaunchStage.Mask);
            Mask(ref plan, root);

            // The old root ends up on top of the new one and is detached from there (pivot_root(2), "pivot_root(".", ".")").
            Failure.Enter(LaunchStage.PivotRoot);
            Failure.Check(Sys.fchdir(root), LaunchStage.PivotRoot);
            Failure.Check(Sys.pivot_root(dot, dot), LaunchStage.PivotRoot);
            Failure.Check(Sys.umount2(dot, Sys.MNT_DETACH), LaunchStage.PivotRoot);
            Failure.Check(Sys.chdir(slash), LaunchStage.PivotRoot, slash);
            Failure.VerifyAtRoot(LaunchStage.PivotRoot);
        }
    }

    private static void Mount(ref PlanReader plan, int root)
    {
        var kind = (MountKind)plan.Number();
        byte* target = plan.Text();
        ulong attributes = plan.Number64();
        int source = plan.Descriptor();
        byte* data = plan.Text();
        int mount = kind switch
        {
            MountKind.Attach => source,
            MountKind.AttachDirectory => Directory(source, data, attributes),
            MountKind.Proc => NewMount("proc\0"u8, data, attributes),
            MountKind.Sysfs => NewMount("sysfs\0"u8, data, attributes),
            MountKind.Tmpfs => NewMount("tmpfs\0"u8, data, attributes),
            MountKind.DevWithNodes => DevWithNodes(data),
            _ => Clone("/dev\0"u8),
        };
        Failure.Check(mount, LaunchStage.Mount, target);
        AttachAt(mount, root, target, kind == MountKind.Attach ? 0 : Sys.O_DIRECTORY);
        if (kind == MountKind.DevWithNodes)
        {
            Failure.Check(DeviceNodes.AttachTo(mount) ? 0 : -1, LaunchStage.Mount, target);
        }

        if (kind != MountKind.Attach)
        {
            _ = Sys.close(mount);
        }
    }

    /// <summary>Attaches at a path below the root. No symlink of the image leads out of it, and the last component is none.</summary>
    private static void AttachAt(int mount, int root, byte* target, int flags)
    {
        int place = Failure.Check(Open(root, target, flags), LaunchStage.Mount, target);
        fixed (byte* empty = "\0"u8)
        {
            Failure.Check(Sys.move_mount(mount, empty, place, empty, Sys.MOVE_MOUNT_F_EMPTY_PATH | Sys.MOVE_MOUNT_T_EMPTY_PATH), LaunchStage.Mount, target);
        }

        _ = Sys.close(place);
    }

    private static int Open(int root, byte* path, int flags = 0)
    {
        var how = new Sys.open_how
        {
            flags = (ulong)(uint)(flags | Sys.O_PATH | Sys.O_CLOEXEC | Sys.O_NOFOLLOW),
            resolve = Sys.RESOLVE_IN_ROOT | Sys.RESOLVE_NO_MAGICLINKS,
        };
        return Sys.openat2(root, path, &how);
    }

    /// <summary>Turns a directory of a detached mount into a mount of its own: attached for a moment, cloned from the directory down, detached.</summary>
    private static int Directory(int source, byte* directory, ulong attributes)
    {
        fixed (byte* empty = "\0"u8, mnt = "/mnt\0"u8)
        {
            if (Sys.move_mount(source, empty, Sys.AT_FDCWD, mnt, Sys.MOVE_MOUNT_F_EMPTY_PATH) < 0)
            {
                return -1;
            }

            int place = Open(source, directory);
            int mount = place < 0 ? -1 : Sys.open_tree(place, empty, Sys.OPEN_TREE_CLONE | Sys.OPEN_TREE_CLOEXEC | Sys.AT_EMPTY_PATH);
            var attr = new Sys.mount_attr { attr_set = attributes };
            bool done = mount >= 0 && Sys.mount_setattr(mount, empty, Sys.AT_EMPTY_PATH, &attr) == 0;
            int errno = Marshal.GetLastPInvokeError();
            _ = place < 0 ? 0 : Sys.close(place);
            _ = Sys.umount2(mnt, Sys.MNT_DETACH);
            Marshal.SetLastPInvokeError(errno);
            return done ? mount : -1;
        }
    }

    private static int NewMount(ReadOnlySpan<byte> type, byte* parameters, ulong attributes)
    {
        fixed (byte* name = type)
        {
            return FileSystem.NewMount(name, parameters, attributes);
        }
    }

    private static int DevWithNodes(byte* files)
    {
        int mount = DeviceDirectory.New(asFiles: true);
        return mount >= 0 && DeviceDirectory.AddFiles(mount, files) && FileSystem.MakeReadOnly(mount) ? mount : -1;
    }

    private static int Clone(ReadOnlySpan<byte> path)
    {
        fixed (byte* source = path)
        {
            return Sys.open_tree(Sys.AT_FDCWD, source, Sys.OPEN_TREE_CLONE | Sys.OPEN_TREE_CLOEXEC | Sys.AT_RECURSIVE);
        }
    }

    /// <summary>The plan writes paths of directories with a final slash.</summary>
    private static bool IsDirectory(byte* path)
    {
        byte last = 0;
        for (; *path != 0; path++)
        {
            last = *path;
        }

        return last == '/';
    }

    /// <summary>Puts an empty file or directory over each path. A path that does not exist needs no hiding.</summary>
    private static void Mask(ref PlanReader plan, int root)
    {
        uint count = plan.Number();
        fixed (byte* empty = "\0"u8)
        {
            for (uint i = 0; i < count; i++)
            {
                byte* path = plan.Text();
                int place = Open(root, path);
                if (place < 0 && Marshal.GetLastPInvokeError() == (int)Errno.ENOENT)
                {
                    continue;
                }

                Failure.Check(place, LaunchStage.Mask, path);
                int mount = Failure.Check(IsDirectory(path) ? Clone("/void\0"u8) : Clone("/empty\0"u8), LaunchStage.Mask, path);
                int moved = Sys.move_mount(mount, empty, place, empty, Sys.MOVE_MOUNT_F_EMPTY_PATH | Sys.MOVE_MOUNT_T_EMPTY_PATH);
                Failure.Check(moved, LaunchStage.Mask, path);
                _ = Sys.close(mount);
                _ = Sys.close(place);
            }
        }
    }
}
