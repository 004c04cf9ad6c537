// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Northstar.Runtime.Interop;

/// <summary>Privileges of a process: prctl(2), capset(2), setresuid(2), seccomp(2), setrlimit(2), keyctl(2).</summary>
internal static unsafe partial class Sys
{
    internal const int PR_SET_PDEATHSIG = 1;
    internal const int PR_GET_DUMPABLE = 3;
    internal const int PR_SET_DUMPABLE = 4;
    internal const int PR_SET_NAME = 15;
    internal const int PR_CAPBSET_READ = 23;
    internal const int PR_CAPBSET_DROP = 24;
    internal const int PR_GET_SECUREBITS = 27;
    internal const int PR_SET_SECUREBITS = 28;
    internal const int PR_SET_CHILD_SUBREAPER = 36;
    internal const int PR_SET_NO_NEW_PRIVS = 38;
    internal const int PR_GET_NO_NEW_PRIVS = 39;
    internal const int PR_CAP_AMBIENT = 47;
    internal const int PR_CAP_AMBIENT_IS_SET = 1;
    internal const int PR_CAP_AMBIENT_RAISE = 2;
    internal const int PR_CAP_AMBIENT_CLEAR_ALL = 4;

    internal const int SECBIT_NOROOT = 0x01;
    internal const int SECBIT_NOROOT_LOCKED = 0x02;
    internal const int SECBIT_NO_SETUID_FIXUP_LOCKED = 0x08;
    internal const int SECBIT_KEEP_CAPS = 0x10;
    internal const int SECBIT_KEEP_CAPS_LOCKED = 0x20;

    internal const uint _LINUX_CAPABILITY_VERSION_3 = 0x20080522;
    internal const uint SECCOMP_SET_MODE_FILTER = 1;
    internal const uint SECCOMP_GET_ACTION_AVAIL = 2;
    internal const uint SECCOMP_RET_KILL_PROCESS = 0x80000000;
    internal const uint SECCOMP_RET_ERRNO = 0x00050000;
    internal const uint SECCOMP_RET_ALLOW = 0x7fff0000;
    internal const uint AUDIT_ARCH_X86_64 = 0xc000003e;
    internal const uint AUDIT_ARCH_AARCH64 = 0xc00000b7;
    internal const int KEYCTL_JOIN_SESSION_KEYRING = 1;
    internal const int RLIMIT_NOFILE = 7;

    [StructLayout(LayoutKind.Sequential)]
    internal struct cap_user_header
    {
        internal uint version;
        internal int pid;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct cap_user_data
    {
        internal uint effective_low;
        internal uint permitted_low;
        internal uint inheritable_low;
        internal uint effective_high;
        internal uint permitted_high;
        internal uint inheritable_high;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct rlimit64
    {
        internal ulong soft;
        internal ulong hard;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct sock_fprog
    {
        internal ushort len;
        internal void* filter;
    }

    internal static int capget(cap_user_header* header, cap_user_data* data) =>
        (int)syscall(SYS_capget, (nint)header, (nint)data, 0, 0, 0, 0);

    internal static int capset(cap_user_header* header, cap_user_data* data) =>
        (int)syscall(SYS_capset, (nint)header, (nint)data, 0, 0, 0, 0);

    // The C library's wrappers change every thread of the process by signals; a forked child has one thread and wants the plain call.
    internal static int setresuid(uint uid) => (int)syscall(SYS_setresuid, (nint)uid, (nint)uid, (nint)uid, 0, 0, 0);

    internal static int setresgid(uint gid) => (int)syscall(SYS_setresgid, (nint)gid, (nint)gid, (nint)gid, 0, 0, 0);

    internal static int setgroups(uint count, uint* groups) => (int)syscall(SYS_setgroups, (nint)count, (nint)groups, 0, 0, 0, 0);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int getresuid(uint* real, uint* effective, uint* saved);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int getresgid(uint* real, uint* effective, uint* saved);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int getgroups(int size, uint* list);

    internal static int seccomp(uint operation, uint flags, sock_fprog* program) =>
        (int)syscall(SYS_seccomp, (nint)operation, (nint)flags, (nint)program, 0, 0, 0);

    internal static int keyctl_join_session_keyring() => (int)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0, 0);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int prctl(int option, nint a, nint b, nint c, nint d);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int prlimit64(int pid, int resource, rlimit64* newLimit, rlimit64* oldLimit);
}
