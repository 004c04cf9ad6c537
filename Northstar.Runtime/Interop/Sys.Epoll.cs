// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Northstar.Runtime.Interop;

/// <summary>sys/epoll.h: epoll(7).</summary>
internal static unsafe partial class Sys
{
    internal const int EPOLL_CLOEXEC = 0x80000;
    internal const int EPOLL_CTL_ADD = 1;
    internal const int EPOLL_CTL_DEL = 2;
    internal const uint EPOLLIN = 1;

    /// <summary>The offset of the data in <c>struct epoll_event</c>, which is packed on x86-64 only.</summary>
    internal static int EpollDataOffset => IsArm64 ? 8 : 4;

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int epoll_create1(int flags);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int epoll_ctl(int epoll, int operation, int fd, byte* description);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int epoll_wait(int epoll, byte* events, int count, int timeout);
}
