// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Northstar.Runtime.Interop;

/// <summary>unistd.h: rmdir(2), lseek(2).</summary>
internal static unsafe partial class Sys
{
    [LibraryImport(Libraries.C)]
    internal static partial uint geteuid();

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int rmdir(byte* path);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial long lseek(int fd, long offset, int whence);
}
