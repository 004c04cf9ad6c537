// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Northstar.Runtime.Interop;

/// <summary>linux/netlink.h: netlink(7).</summary>
internal static unsafe partial class Sys
{
    internal const int AF_NETLINK = 16;
    internal const int NETLINK_KOBJECT_UEVENT = 15;

    [StructLayout(LayoutKind.Sequential)]
    internal struct sockaddr_nl
    {
        internal ushort nl_family;
        internal ushort nl_pad;
        internal uint nl_pid;
        internal uint nl_groups;
    }

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int bind(int fd, void* address, uint length);
}
