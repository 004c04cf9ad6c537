// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Handles;

/// <summary>Removes a directory with everything in it, whatever a hostile owner has put there.</summary>
/// <remarks>
/// Works on descriptors and single names: no link is followed, no mount is entered, no path grows too long. A directory inside that is not
/// empty is emptied into the top one and then removed, so that depth costs neither stack nor descriptors. Names are bytes, as the kernel has them.
/// </remarks>
internal static unsafe class DirectoryRemoval
{
    private const int BufferLength = 64 * 1024;

    /// <summary>Removes the entry <paramref name="name"/> of <paramref name="parent"/>. Returns false when there is no directory of that name.</summary>
    /// <exception cref="LinuxException">Something in it cannot be removed; what was removed before is gone.</exception>
    internal static bool Remove(SafeHandle parent, string name, string displayPath)
    {
        byte[] text = Encoding.UTF8.GetBytes(name + '\0');
        SafeFd? directory = Descriptors.TryOpenDirectory(parent, text, displayPath);
        if (directory is null)
        {
            return false;
        }

        using (directory)
        {
            long moved = 0;
            while (Pass(directory, directory, ref moved, displayPath))
            {
            }
        }

        using var fd = new Borrow(parent);
        fixed (byte* path = text)
        {
            Check(Sys.unlinkat(fd.Fd, path, (int)Sys.AT_REMOVEDIR), "rmdir", displayPath);
        }

        return true;
    }

    /// <summary>Goes once over the entries of a directory and returns whether there were any.</summary>
    private static bool Pass(SafeFd directory, SafeFd top, ref long moved, string displayPath)
    {
        byte* buffer = (byte*)NativeMemory.Alloc(BufferLength);
        try
        {
            bool any = false;
            while (true)
            {
                nint length;
                using (var fd = new Borrow(directory))
                {
                    length = DirectoryEntry.Read(fd.Fd, buffer, BufferLength, displayPath);
                    if (length == 0)
                    {
                        _ = Sys.lseek(fd.Fd, 0, 0);
                        return any;
                    }
                }

                for (nint at = 0; at < length;)
                {
                    var entry = new DirectoryEntry(buffer + at);
                    any |= !entry.IsDots && RemoveEntry(directory, top, entry.Type, entry.Name, ref moved, displayPath);
                    at += entry.RecordLength;
                }
            }
        }
        finally
        {
            NativeMemory.Free(buffer);
        }
    }

    private static bool RemoveEntry(SafeFd directory, SafeFd top, byte type, byte* name, ref long moved, string displayPath)
    {
        using var fd = new Borrow(directory);
        if ((type == DirectoryEntry.Unknown || type != DirectoryEntry.Directory) && Sys.unlinkat(fd.Fd, name, 0) == 0)
        {
            return true;
        }

        if (type is not (DirectoryEntry.Directory or DirectoryEntry.Unknown))
        {
            Check(-1, "unlink", displayPath);
        }

        if (Sys.unlinkat(fd.Fd, name, (int)Sys.AT_REMOVEDIR) == 0)
        {
            return true;
        }

        if ((Errno)Marshal.GetLastPInvokeError() is not (Errno.ENOTEMPTY or Errno.EEXIST))
        {
            Check(-1, "rmdir", displayPath);
        }

        if (ReferenceEquals(directory, top))
        {
            Empty(top, name, ref moved, displayPath);
            Check(Sys.unlinkat(fd.Fd, name, (int)Sys.AT_REMOVEDIR), "rmdir", displayPath);
        }
        else
        {
            Move(fd.Fd, name, top, ref moved, displayPath);
        }

        return true;
    }

    /// <summary>Empties a directory of the top one: what is not empty in it moves up.</summary>
    private static void Empty(SafeFd top, byte* name, ref long moved, string displayPath)
    {
        using SafeFd? inner = Descriptors.TryOpenDirectory(top, MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name), displayPath);
        while (inner is not null && Pass(inner, top, ref moved, displayPath))
        {
        }
    }

    /// <summary>Moves a directory into the top one, under a name that is free there.</summary>
    private static void Move(int fd, byte* name, SafeFd top, ref long moved, string displayPath)
    {
        using var target = new Borrow(top);
        while (true)
        {
            fixed (byte* free = Encoding.ASCII.GetBytes($".removed-{(++moved).ToString(CultureInfo.InvariantCulture)}\0"))
            {
                if (Sys.renameat2(fd, name, target.Fd, free, Sys.RENAME_NOREPLACE) == 0)
                {
                    return;
                }
            }

            if (Marshal.GetLastPInvokeError() != (int)Errno.EEXIST)
            {
                Check(-1, "rename", displayPath);
            }
        }
    }

    private static void Check(int result, string operation, string path)
    {
        if (result < 0)
        {
            throw new LinuxException(Marshal.GetLastPInvokeError(), operation, path);
        }
    }
}
