// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Northstar.Samples;

/// <summary>The calls of the C library that the samples share. Names are those of the C functions.</summary>
internal static unsafe partial class Libc
{
    internal const int StandardOutput = 1;
    internal const int StandardError = 2;
    internal const int EINTR = 4;

    [LibraryImport("libc")]
    internal static partial int getuid();

    [LibraryImport("libc")]
    internal static partial int getgid();

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint write(int fd, byte* buffer, nuint count);

    [LibraryImport("libc")]
    internal static partial int pause();

    /// <summary>Blocks until a signal ends the process.</summary>
    internal static void WaitForSignal()
    {
        while (true)
            _ = pause();
    }
}
