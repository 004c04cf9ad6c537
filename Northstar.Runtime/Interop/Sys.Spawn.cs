// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Northstar.Runtime.Interop;

/// <summary>posix_spawn(3): starts a program without running code of ours in a forked copy of a process with many threads.</summary>
internal static unsafe partial class Sys
{
    internal const short POSIX_SPAWN_SETPGROUP = 0x02;
    internal const short POSIX_SPAWN_SETSIGMASK = 0x08;
    internal const short POSIX_SPAWN_SETSID = 0x80;

    /// <summary>Room for the C library's opaque types: 80 and 336 bytes in glibc, less in musl.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 512)]
    internal struct posix_spawn_opaque
    {
        private readonly long _alignment;
    }

    [LibraryImport(Libraries.C)]
    internal static partial int posix_spawn(
        int* pid, byte* path, posix_spawn_opaque* fileActions, posix_spawn_opaque* attributes, byte** argv, byte** envp);

    [LibraryImport(Libraries.C)]
    internal static partial int posix_spawn_file_actions_init(posix_spawn_opaque* actions);

    [LibraryImport(Libraries.C)]
    internal static partial int posix_spawn_file_actions_adddup2(posix_spawn_opaque* actions, int from, int to);

    [LibraryImport(Libraries.C)]
    internal static partial int posix_spawn_file_actions_destroy(posix_spawn_opaque* actions);

    [LibraryImport(Libraries.C)]
    internal static partial int posix_spawnattr_init(posix_spawn_opaque* attributes);

    [LibraryImport(Libraries.C)]
    internal static partial int posix_spawnattr_setflags(posix_spawn_opaque* attributes, short flags);

    [LibraryImport(Libraries.C)]
    internal static partial int posix_spawnattr_setsigmask(posix_spawn_opaque* attributes, sigset_t* mask);

    [LibraryImport(Libraries.C)]
    internal static partial int posix_spawnattr_destroy(posix_spawn_opaque* attributes);
}
