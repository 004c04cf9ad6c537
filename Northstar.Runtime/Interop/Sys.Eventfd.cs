// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Northstar.Runtime.Interop;

/// <summary>sys/eventfd.h: eventfd(2).</summary>
internal static partial class Sys
{
    internal const int EFD_CLOEXEC = 0x80000;
    internal const int EFD_NONBLOCK = 0x800;

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int eventfd(uint initval, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int eventfd_read(SafeFileHandle fd, out ulong value);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int eventfd_write(SafeFileHandle fd, ulong value);
}
