// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Northstar.Runtime.Interop;

/// <summary>sys/eventfd.h: eventfd(2).</summary>
internal static unsafe partial class Sys
{
    internal const int EFD_CLOEXEC = 0x80000;
    internal const int EFD_NONBLOCK = 0x800;

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int eventfd(uint initval, int flags);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int eventfd_read(int fd, ulong* value);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int eventfd_write(int fd, ulong value);
}
