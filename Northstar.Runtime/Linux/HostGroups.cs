// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux;

/// <summary>Looks up names in the host's user and group databases (getgrnam_r(3), getpwnam_r(3)).</summary>
internal static unsafe class HostGroups
{
    /// <summary>Enough for an entry without members; a group with thousands of them takes more.</summary>
    private const int FirstLength = 16 * 1024;

    private const int LastLength = 16 * 1024 * 1024;

    private delegate int Lookup(byte* name, byte* buffer, nuint length, out uint? id);

    /// <summary>Returns the gid of a group, or null when the host has none of that name.</summary>
    /// <exception cref="LinuxException">The database cannot be read.</exception>
    internal static uint? FindGroup(string name) => Find("look up group", name, static (byte* text, byte* buffer, nuint length, out uint? id) =>
    {
        Sys.group entry;
        Sys.group* found;
        int errno = Sys.getgrnam_r(text, &entry, buffer, length, &found);
        id = errno == 0 && found is not null ? found->gr_gid : null;
        return errno;
    });

    /// <summary>Returns the uid of a user, or null when the host has none of that name.</summary>
    /// <exception cref="LinuxException">The database cannot be read.</exception>
    internal static uint? FindUser(string name) => Find("look up user", name, static (byte* text, byte* buffer, nuint length, out uint? id) =>
    {
        Sys.passwd entry;
        Sys.passwd* found;
        int errno = Sys.getpwnam_r(text, &entry, buffer, length, &found);
        id = errno == 0 && found is not null ? found->pw_uid : null;
        return errno;
    });

    private static uint? Find(string operation, string name, Lookup lookup)
    {
        fixed (byte* text = Encoding.UTF8.GetBytes(name + '\0'))
        {
            for (int length = FirstLength; ; length *= 4)
            {
                int errno;
                uint? id;
                fixed (byte* buffer = new byte[length])
                {
                    errno = lookup(text, buffer, (nuint)length, out id);
                }

                if (errno == (int)Errno.ERANGE && length < LastLength)
                {
                    continue;
                }

                // Databases say so in several ways that they do not know a name (getgrnam_r(3)).
                return (Errno)errno is 0 or Errno.ENOENT or Errno.ESRCH or Errno.EBADF or Errno.EPERM ? id : throw new LinuxException(errno, operation, name);
            }
        }
    }
}
