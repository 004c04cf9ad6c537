// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Extensions.Logging;
using Northstar.Npk;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;
using Northstar.Runtime.Linux.Mounts;

namespace Northstar.Runtime.Containers;

/// <summary>The directory behind the <c>persist</c> mounts of all versions of a container: <c>data_dir/name</c>.</summary>
internal sealed unsafe class PersistDirectory(RuntimeOptions options, ILogger logger)
{
    private const uint Mode = 0x1C0; // 0700
    private const ulong Attributes = Sys.MOUNT_ATTR_NOSUID | Sys.MOUNT_ATTR_NODEV | Sys.MOUNT_ATTR_NOEXEC;

    /// <summary>
    /// Makes the directory if it is missing and returns a mount of it in which it belongs to the container's user. Nothing is followed: a symlink
    /// in its place is an error.
    /// </summary>
    /// <remarks>
    /// Another version may have had other ids. Then the mount shows its files as the new owner's and what is on the disk stays as it is, so that a
    /// way back to that version is no different. Where the kernel or the file system cannot do that, the files are given to the new owner. Those
    /// of root never appear as somebody else's: what is root's on the disk is what no version has owned yet.
    /// </remarks>
    internal MountHandle Mount(Manifest manifest, string target, CancellationToken cancellationToken)
    {
        string path = Path.Combine(options.DataDirectory, manifest.Name.ToString());
        using SafeFd directory = Open(manifest, path);
        var wanted = new Owner(manifest.Uid, manifest.Gid);
        Owner owner = Owner.Of(directory, path);
        MountHandle mount = DetachedMount.FromDirectory(directory, Attributes, target);
        try
        {
            if (owner.Uid == 0 || owner.Gid == 0)
            {
                Own(directory, wanted, path);
            }
            else if (owner != wanted && !TryMapIds(mount, manifest.Id, owner, wanted, path))
            {
                TreeOwner.Change(directory, owner, wanted, path, cancellationToken);
            }

            return mount;
        }
        catch
        {
            mount.Dispose();
            throw;
        }
    }

    private static void Own(SafeFd directory, Owner owner, string path)
    {
        using var fd = new Borrow(directory);
        fixed (byte* empty = "\0"u8)
        {
            if (Sys.fchownat(fd.Fd, empty, owner.Uid, owner.Gid, (int)Sys.AT_EMPTY_PATH) < 0)
            {
                throw new LinuxException(Marshal.GetLastPInvokeError(), "chown", path);
            }
        }
    }

    private bool TryMapIds(MountHandle mount, ContainerId container, Owner owner, Owner wanted, string path)
    {
        try
        {
            using SafeFd map = UserNamespace.Exchanging(InitProgram.Find(options), owner, wanted);
            DetachedMount.MapIds(mount, map, path);
            return true;
        }
        catch (LinuxException e) when ((Errno)e.Errno is Errno.EINVAL or Errno.ENOSYS or Errno.EPERM or Errno.EACCES or Errno.ENOENT or Errno.ENOSPC or Errno.EUSERS)
        {
            // Not for want of memory or descriptors: what is given away is not given back.
            Log.GivingDataTo(logger, container, path, wanted.Uid, wanted.Gid, e.Message);
            return false;
        }
    }

    private SafeFd Open(Manifest manifest, string displayPath)
    {
        using SafeFd parent = Descriptors.Open(options.DataDirectory, Sys.O_RDONLY | Sys.O_DIRECTORY);
        string name = manifest.Name.ToString();
        using (var fd = new Borrow(parent))
        {
            fixed (byte* path = Encoding.UTF8.GetBytes(name + '\0'))
            {
                if (Sys.mkdirat(fd.Fd, path, Mode) < 0 && Marshal.GetLastPInvokeError() != (int)Errno.EEXIST)
                {
                    throw new LinuxException(Marshal.GetLastPInvokeError(), "mkdir", displayPath);
                }
            }
        }

        SafeFd directory = Descriptors.OpenAt(parent, name, Sys.O_RDONLY | Sys.O_DIRECTORY | Sys.O_NOFOLLOW);
        using var opened = new Borrow(directory);
        if (Sys.fchmod(opened.Fd, Mode) < 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            directory.Dispose();
            throw new LinuxException(errno, "chmod", displayPath);
        }

        return directory;
    }

    /// <summary>Removes the directory with everything in it; links in it are removed, not followed. Returns false when there is none.</summary>
    /// <exception cref="LinuxException">Something in it cannot be removed.</exception>
    internal static bool Wipe(string dataDirectory, ContainerName name)
    {
        if (!name.IsUsable)
        {
            return false;
        }

        using SafeFd parent = Descriptors.Open(dataDirectory, Sys.O_RDONLY | Sys.O_DIRECTORY);
        return DirectoryRemoval.Remove(parent, name.ToString(), Path.Combine(dataDirectory, name.ToString()));
    }
}
