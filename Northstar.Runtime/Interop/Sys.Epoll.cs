// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Northstar.Runtime.Interop;

/// <summary>sys/epoll.h: epoll(7).</summary>
internal static partial class Sys
{
    internal const int EPOLL_CLOEXEC = 0x80000;
    internal const int EPOLL_CTL_ADD = 1;
    internal const int EPOLL_CTL_DEL = 2;
    internal const uint EPOLLIN = 1;

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int epoll_ctl(SafeFileHandle epfd, int op, SafeFileHandle fd, ref byte @event);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int epoll_wait(SafeFileHandle epfd, ref byte events, int maxevents, int timeout);
}
