// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux;

/// <summary>Asks for file systems and the mount calls by descriptor.</summary>
internal static unsafe class MountProbes
{
    private const int NoDescriptor = -1;

    /// <summary>Asks for a file system; its module is loaded if there is one.</summary>
    internal static string? FileSystem(string name)
    {
        using var configuration = new SafeFd();
        fixed (byte* type = Encoding.UTF8.GetBytes(name + '\0'))
        {
            configuration.Take(Sys.fsopen(type, Sys.FSOPEN_CLOEXEC), "fsopen", name);
        }

        return HostCheck.WhyAbsent(Sys.fsmount(NoDescriptor, 0, 0), "fsmount");
    }

    internal static string? OpenTree()
    {
        using var mount = new MountHandle();
        fixed (byte* root = "/\0"u8)
        {
            mount.Take(Sys.open_tree(Sys.AT_FDCWD, root, Sys.OPEN_TREE_CLONE | Sys.OPEN_TREE_CLOEXEC), "open_tree", "/");
            return HostCheck.WhyAbsent(Sys.move_mount(NoDescriptor, root, NoDescriptor, root, uint.MaxValue), "move_mount");
        }
    }

    internal static string? MountSetAttributes()
    {
        var nothing = default(Sys.mount_attr);
        fixed (byte* empty = "\0"u8)
        {
            return HostCheck.WhyAbsent(Sys.mount_setattr(NoDescriptor, empty, Sys.AT_EMPTY_PATH, &nothing), "mount_setattr");
        }
    }

    /// <summary>Tells whether the kernel knows them; file systems differ.</summary>
    internal static string? MapIds()
    {
        const string Limit = "/proc/sys/user/max_user_namespaces";
        if (!File.Exists(Limit))
        {
            return "no user namespaces";
        }

        if (File.ReadAllText(Limit).Trim() == "0")
        {
            return $"{Limit} is 0";
        }

        // The map is looked at before the mount: EINVAL is from kernels that do not know the flag.
        var attributes = new Sys.mount_attr { attr_set = Sys.MOUNT_ATTR_IDMAP, userns_fd = int.MaxValue };
        fixed (byte* empty = "\0"u8)
        {
            _ = Sys.mount_setattr(NoDescriptor, empty, Sys.AT_EMPTY_PATH, &attributes);
            var errno = (Errno)System.Runtime.InteropServices.Marshal.GetLastPInvokeError();
            return errno == Errno.EBADF ? null : $"mount_setattr: {errno}";
        }
    }

    internal static string? OpenInRoot()
    {
        using SafeFd root = Descriptors.Open("/", Sys.O_PATH);
        using SafeFd opened = Descriptors.OpenInRoot(root, "/", Sys.O_PATH);
        return null;
    }
}
