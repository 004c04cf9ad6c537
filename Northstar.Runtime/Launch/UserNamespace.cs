// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Linux.Mounts;

namespace Northstar.Runtime.Launch;

/// <summary>User namespaces that nobody lives in: they only say which ids of a file system are which in an idmapped mount (user_namespaces(7), mount_setattr(2)).</summary>
internal static unsafe class UserNamespace
{
    /// <summary>Makes one that exchanges two users and two groups and leaves all others as they are.</summary>
    /// <param name="initPath">The path of northstar-init, of which one process lives until this returns.</param>
    /// <param name="one">One owner.</param>
    /// <param name="other">The other.</param>
    /// <exception cref="LinuxException">The kernel has no user namespaces, allows no further one, or a right is missing (CAP_SETUID, CAP_SETGID, CAP_SETFCAP).</exception>
    internal static SafeFd Exchanging(string initPath, Owner one, Owner other)
    {
        (SafeFd ours, SafeFd theirs) = Descriptors.SocketPair(Sys.SOCK_SEQPACKET);
        int holder;
        using (ours)
        {
            using (theirs)
            using (SafeFd nothing = Descriptors.Open("/dev/null", Sys.O_RDWR))
            {
                holder = InitSpawn.Start(initPath, initPath, [UserNamespaceMessage.Word], nothing, nothing, nothing, theirs);
            }

            try
            {
                return Open(ours, holder, Exchange(one.Uid, other.Uid), Exchange(one.Gid, other.Gid));
            }
            finally
            {
                ours.Dispose();
                InitSpawn.Reap(holder);
            }
        }
    }

    /// <summary>Returns the lines of a map: where in the file system, where seen, how many.</summary>
    internal static string Exchange(uint one, uint other)
    {
        const uint Behind = uint.MaxValue; // 4294967295 is no id
        (uint low, uint high) = one < other ? (one, other) : (other, one);
        if (low == high)
        {
            return Line(0, 0, Behind);
        }

        return Line(0, 0, low) + Line(low, high, 1) + Line(low + 1, low + 1, high - low - 1) + Line(high, low, 1) + Line(high + 1, high + 1, Behind - high - 1);
    }

    private static string Line(uint first, uint seen, uint count) => count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{first} {seen} {count}\n");

    private static SafeFd Open(SafeFd socket, int holder, string users, string groups)
    {
        int errno = Receive(socket);
        if (errno != 0)
        {
            throw new LinuxException(errno, "unshare", "user namespace");
        }

        // A procfs of our own: nothing is mounted over what is written.
        using MountHandle proc = DetachedMount.NewProcfs();
        string directory = holder.ToString(CultureInfo.InvariantCulture);
        Write(proc, directory + "/uid_map", users);
        Write(proc, directory + "/gid_map", groups);
        return Descriptors.OpenAt(proc, directory + "/ns/user", Sys.O_RDONLY);
    }

    private static int Receive(SafeFd socket)
    {
        using var fd = new Borrow(socket);
        while (true)
        {
            int errno;
            switch (Sys.recv(fd.Fd, &errno, sizeof(int), 0))
            {
                case sizeof(int):
                    return errno;
                case < 0 when Marshal.GetLastPInvokeError() == (int)Errno.EINTR:
                    continue;
                default:
                    return (int)Errno.EPIPE; // it ended, killed by somebody
            }
        }
    }

    /// <summary>In one call: the kernel takes a map once and whole.</summary>
    private static void Write(MountHandle proc, string name, string text)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        using SafeFd file = Descriptors.OpenAt(proc, name, Sys.O_WRONLY | Sys.O_NOFOLLOW);
        using var fd = new Borrow(file);
        fixed (byte* start = bytes)
        {
            if (Sys.write(fd.Fd, start, (nuint)bytes.Length) != bytes.Length)
            {
                throw new LinuxException(Marshal.GetLastPInvokeError(), "write", "/proc/" + name);
            }
        }
    }
}
