// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using System.Text;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Handles;

/// <summary>Changes the entries of an open directory; a name is one component, so nothing outside is ever reached.</summary>
internal static unsafe class FileTree
{
    /// <summary>Mode of files that hold packages: 0644.</summary>
    internal const uint FileMode = 0x1A4;

    /// <summary>Removes a file.</summary>
    internal static void Unlink(SafeHandle directory, string name, string displayPath)
    {
        using var fd = new Borrow(directory);
        fixed (byte* path = Bytes(name))
        {
            if (Sys.unlinkat(fd.Fd, path, 0) < 0)
            {
                throw new LinuxException(Marshal.GetLastPInvokeError(), "unlink", $"{displayPath}/{name}");
            }
        }
    }

    /// <summary>Renames a file and never replaces one (renameat2(2), RENAME_NOREPLACE).</summary>
    internal static void RenameNoReplace(SafeHandle directory, string from, string to, string displayPath) =>
        Rename(directory, from, to, displayPath, Sys.RENAME_NOREPLACE);

    /// <summary>Renames a file in place of one that may be there.</summary>
    internal static void Replace(SafeHandle directory, string from, string to, string displayPath) => Rename(directory, from, to, displayPath, 0);

    private static void Rename(SafeHandle directory, string from, string to, string displayPath, uint flags)
    {
        using var fd = new Borrow(directory);
        fixed (byte* source = Bytes(from), target = Bytes(to))
        {
            if (Sys.renameat2(fd.Fd, source, fd.Fd, target, flags) < 0)
            {
                throw new LinuxException(Marshal.GetLastPInvokeError(), "rename", $"{displayPath}/{to}");
            }
        }
    }

    /// <summary>Makes changes of the directory survive a loss of power.</summary>
    internal static void Sync(SafeHandle directory, string displayPath)
    {
        using var fd = new Borrow(directory);
        if (Sys.fsync(fd.Fd) < 0)
        {
            throw new LinuxException(Marshal.GetLastPInvokeError(), "fsync", displayPath);
        }
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text + '\0');
}
