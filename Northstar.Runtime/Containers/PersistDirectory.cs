// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using System.Text;
using Northstar.Npk;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Containers;

/// <summary>The directory behind the <c>persist</c> mounts of all versions of a container: <c>data_dir/name</c>.</summary>
internal static unsafe class PersistDirectory
{
    private const uint Mode = 0x1C0; // 0700

    /// <summary>Makes the directory if it is missing, gives it to the container's user and opens it. Nothing is followed: a symlink in its place is an error.</summary>
    internal static SafeFd Prepare(string dataDirectory, Manifest manifest)
    {
        using SafeFd parent = Descriptors.Open(dataDirectory, Sys.O_RDONLY | Sys.O_DIRECTORY);
        string name = manifest.Name.ToString();
        using (var fd = new Borrow(parent))
        {
            fixed (byte* path = Encoding.UTF8.GetBytes(name + '\0'))
            {
                if (Sys.mkdirat(fd.Fd, path, Mode) < 0 && Marshal.GetLastPInvokeError() != (int)Errno.EEXIST)
                {
                    throw new LinuxException(Marshal.GetLastPInvokeError(), "mkdir", Path.Combine(dataDirectory, name));
                }
            }
        }

        SafeFd directory = Descriptors.OpenAt(parent, name, Sys.O_RDONLY | Sys.O_DIRECTORY | Sys.O_NOFOLLOW);
        try
        {
            using var fd = new Borrow(directory);
            fixed (byte* empty = "\0"u8)
            {
                if (Sys.fchownat(fd.Fd, empty, manifest.Uid, manifest.Gid, (int)Sys.AT_EMPTY_PATH) < 0 || Sys.fchmod(fd.Fd, Mode) < 0)
                {
                    throw new LinuxException(Marshal.GetLastPInvokeError(), "chown", Path.Combine(dataDirectory, name));
                }
            }

            return directory;
        }
        catch
        {
            directory.Dispose();
            throw;
        }
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
