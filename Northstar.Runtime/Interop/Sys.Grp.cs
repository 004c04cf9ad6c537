// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Northstar.Runtime.Interop;

/// <summary>User and group databases (grp.h, pwd.h).</summary>
internal static unsafe partial class Sys
{
    [StructLayout(LayoutKind.Sequential)]
    internal struct group
    {
        internal byte* gr_name;
        internal byte* gr_passwd;
        internal uint gr_gid;
        internal byte** gr_mem;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct passwd
    {
        internal byte* pw_name;
        internal byte* pw_passwd;
        internal uint pw_uid;
        internal uint pw_gid;
        internal byte* pw_gecos;
        internal byte* pw_dir;
        internal byte* pw_shell;
    }

    [LibraryImport(Libraries.C)]
    internal static partial int getgrnam_r(byte* name, group* entry, byte* buffer, nuint length, group** result);

    [LibraryImport(Libraries.C)]
    internal static partial int getpwnam_r(byte* name, passwd* entry, byte* buffer, nuint length, passwd** result);
}
