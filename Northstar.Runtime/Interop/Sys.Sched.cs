// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Northstar.Runtime.Interop;

/// <summary>Namespaces and scheduling: unshare(2), setns(2), sched_setscheduler(2), setpriority(2).</summary>
internal static unsafe partial class Sys
{
    internal const int CLONE_NEWNS = 0x00020000;
    internal const int CLONE_NEWCGROUP = 0x02000000;
    internal const int CLONE_NEWUTS = 0x04000000;
    internal const int CLONE_NEWIPC = 0x08000000;
    internal const int CLONE_NEWUSER = 0x10000000;
    internal const int CLONE_NEWPID = 0x20000000;
    internal const int CLONE_NEWNET = 0x40000000;
    internal const ulong CLONE_INTO_CGROUP = 0x2_0000_0000;

    /// <summary>Asks a namespace's file for its type (ioctl_nsfs(2)).</summary>
    internal const nuint NS_GET_NSTYPE = 0xB703;

    internal const int SCHED_OTHER = 0;
    internal const int SCHED_FIFO = 1;
    internal const int SCHED_RR = 2;
    internal const int SCHED_BATCH = 3;
    internal const int SCHED_IDLE = 5;
    internal const int PRIO_PROCESS = 0;

    internal const int IOPRIO_WHO_PROCESS = 1;

    /// <summary>The class IOPRIO_CLASS_IDLE (3) above the 13 bits of the level, which it does not have.</summary>
    internal const int IOPRIO_IDLE = 3 << 13;

    /// <summary>Sets the I/O priority of a thread; 0 is the calling one. No C library wraps it.</summary>
    internal static int ioprio_set(int which, int who, int ioprio) => (int)syscall(SYS_ioprio_set, which, who, ioprio, 0, 0, 0);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int unshare(int flags);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int setns(int fd, int nstype);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int sched_setscheduler(int pid, int policy, int* param);

    [LibraryImport(Libraries.C, SetLastError = true)]
    internal static partial int setpriority(int which, uint who, int priority);
}
