// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Northstar.Runtime.Interop;

/// <summary>sys/inotify.h: inotify(7).</summary>
internal static unsafe partial class Sys
{
    internal const int IN_CLOEXEC = 0x80000;
    internal const int IN_NONBLOCK = 0x800;
    internal const uint IN_MODIFY = 0x2;
    internal const uint IN_CLOSE_WRITE = 0x8;
    internal const uint IN_MOVED_TO = 0x80;
    internal const uint IN_Q_OVERFLOW = 0x4000;

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int inotify_init1(int flags);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int inotify_add_watch(int fd, byte* path, uint mask);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int inotify_rm_watch(int fd, int watch);
}
