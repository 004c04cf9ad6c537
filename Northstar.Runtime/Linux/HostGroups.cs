// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux;

/// <summary>Looks up names in the host's user and group databases (getgrnam_r(3), getpwnam_r(3)).</summary>
internal static unsafe class HostGroups
{
    private const int BufferLength = 16 * 1024;

    /// <summary>Returns the gid of a group, or null when the host has none of that name.</summary>
    internal static uint? FindGroup(string name)
    {
        byte* buffer = stackalloc byte[BufferLength];
        Sys.group entry;
        Sys.group* found;
        fixed (byte* text = Encoding.UTF8.GetBytes(name + '\0'))
        {
            int errno = Sys.getgrnam_r(text, &entry, buffer, BufferLength, &found);
            return errno == 0 && found is not null ? found->gr_gid : null;
        }
    }

    /// <summary>Returns the uid of a user, or null when the host has none of that name.</summary>
    internal static uint? FindUser(string name)
    {
        byte* buffer = stackalloc byte[BufferLength];
        Sys.passwd entry;
        Sys.passwd* found;
        fixed (byte* text = Encoding.UTF8.GetBytes(name + '\0'))
        {
            int errno = Sys.getpwnam_r(text, &entry, buffer, BufferLength, &found);
            return errno == 0 && found is not null ? found->pw_uid : null;
        }
    }
}
