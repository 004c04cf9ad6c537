// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Handles;

/// <summary>A user and a group.</summary>
internal readonly record struct Owner(uint Uid, uint Gid)
{
    /// <summary>Gets the owner of an open file.</summary>
    internal static unsafe Owner Of(SafeHandle file, string displayPath)
    {
        using var fd = new Borrow(file);
        Sys.statx_result found;
        fixed (byte* empty = "\0"u8)
        {
            return Sys.statx(fd.Fd, empty, Sys.AT_EMPTY_PATH, Sys.STATX_UID | Sys.STATX_GID, &found) < 0
                ? throw new LinuxException(Marshal.GetLastPInvokeError(), "statx", displayPath)
                : new Owner(found.stx_uid, found.stx_gid);
        }
    }
}

/// <summary>Gives what a directory holds to another owner, whatever the old one has put there.</summary>
/// <remarks>
/// Works on descriptors and single names: no link is followed, no mount is entered. It goes up by <c>..</c> and proves where it is, so that
/// depth costs neither stack nor descriptors. The directory itself comes last: a walk that was cut short begins anew.
/// </remarks>
internal static unsafe class TreeOwner
{
    private const int BufferLength = 8 * 1024;
    private const uint Unchanged = uint.MaxValue;

    /// <summary>Changes the ids that are those of <paramref name="from"/>; what belongs to somebody else stays theirs.</summary>
    /// <exception cref="LinuxException">The owner of something cannot be changed.</exception>
    /// <exception cref="OperationCanceledException">The walk was cut short.</exception>
    internal static void Change(SafeHandle top, Owner from, Owner to, string displayPath, CancellationToken cancellationToken)
    {
        var above = new Stack<(ulong Place, long Offset)>();
        SafeFd current = Descriptors.OpenAt(top, ".", Sys.O_RDONLY | Sys.O_DIRECTORY);
        try
        {
            long offset = 0;
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (NextDirectory(current, ref offset, from, to, displayPath) is { } inner)
                {
                    above.Push((Descriptors.InodeOf(current, displayPath), offset));
                    current.Dispose();
                    (current, offset) = (inner, 0);
                }
                else if (above.TryPop(out (ulong Place, long Offset) outer))
                {
                    SafeFd parent = Descriptors.OpenAt(current, "..", Sys.O_RDONLY | Sys.O_DIRECTORY);
                    current.Dispose();
                    (current, offset) = (parent, outer.Offset);
                    if (Descriptors.InodeOf(current, displayPath) != outer.Place)
                    {
                        throw new LinuxException((int)Errno.ESTALE, "walk", displayPath);
                    }
                }
                else
                {
                    break;
                }
            }
        }
        finally
        {
            current.Dispose();
        }

        using var fd = new Borrow(top);
        fixed (byte* empty = "\0"u8)
        {
            ChangeOne(fd.Fd, empty, from, to, displayPath);
        }
    }

    /// <summary>Changes the entries from <paramref name="offset"/> on, up to a directory, which is opened; null at the end.</summary>
    private static SafeFd? NextDirectory(SafeFd directory, ref long offset, Owner from, Owner to, string displayPath)
    {
        using var fd = new Borrow(directory);
        byte* buffer = stackalloc byte[BufferLength];
        Check((int)Math.Min(Sys.lseek(fd.Fd, offset, 0), 0), "lseek", displayPath);
        while (true)
        {
            nint length = DirectoryEntry.Read(fd.Fd, buffer, BufferLength, displayPath);
            if (length == 0)
            {
                return null;
            }

            for (nint at = 0; at < length;)
            {
                var entry = new DirectoryEntry(buffer + at);
                at += entry.RecordLength;
                offset = entry.Offset;
                if (!entry.IsDots && ChangeOne(fd.Fd, entry.Name, from, to, displayPath)
                    && Descriptors.TryOpenDirectory(directory, MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry.Name), displayPath) is { } inner)
                {
                    return inner;
                }
            }
        }
    }

    /// <summary>Returns whether the entry is a directory of the same file system.</summary>
    private static bool ChangeOne(int directory, byte* name, Owner from, Owner to, string displayPath)
    {
        const uint Itself = Sys.AT_EMPTY_PATH | (uint)Sys.AT_SYMLINK_NOFOLLOW;
        Sys.statx_result found;
        Check(Sys.statx(directory, name, Itself, Sys.STATX_TYPE | Sys.STATX_UID | Sys.STATX_GID, &found), "statx", displayPath);
        if ((found.stx_attributes & Sys.STATX_ATTR_MOUNT_ROOT) != 0 && *name != 0)
        {
            return false;
        }

        uint uid = found.stx_uid == from.Uid ? to.Uid : Unchanged;
        uint gid = found.stx_gid == from.Gid ? to.Gid : Unchanged;
        if (uid != Unchanged || gid != Unchanged)
        {
            Check(Sys.fchownat(directory, name, uid, gid, (int)Itself), "chown", displayPath);
        }

        return (found.stx_mode & Sys.S_IFMT) == Sys.S_IFDIR;
    }

    private static void Check(int result, string operation, string path)
    {
        if (result < 0)
        {
            throw new LinuxException(Marshal.GetLastPInvokeError(), operation, path);
        }
    }
}
