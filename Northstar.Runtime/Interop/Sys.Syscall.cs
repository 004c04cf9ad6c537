// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Northstar.Runtime.Interop;

/// <summary>System calls that not every C library wraps (syscall(2)); numbers of 424 and above are the same on all architectures.</summary>
internal static unsafe partial class Sys
{
    private const int SYS_pidfd_send_signal = 424;
    private const int SYS_open_tree = 428;
    private const int SYS_move_mount = 429;
    private const int SYS_fsopen = 430;
    private const int SYS_fsconfig = 431;
    private const int SYS_fsmount = 432;
    private const int SYS_pidfd_open = 434;
    private const int SYS_clone3 = 435;
    private const int SYS_close_range = 436;
    private const int SYS_openat2 = 437;
    private const int SYS_mount_setattr = 442;

    private static bool IsArm64 => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    private static int SYS_rt_sigaction => IsArm64 ? 134 : 13;

    private static int SYS_ioprio_set => IsArm64 ? 30 : 251;

    private static int SYS_pivot_root => IsArm64 ? 41 : 155;

    private static int SYS_capget => IsArm64 ? 90 : 125;

    private static int SYS_capset => IsArm64 ? 91 : 126;

    private static int SYS_setresuid => IsArm64 ? 147 : 117;

    private static int SYS_setresgid => IsArm64 ? 149 : 119;

    private static int SYS_setgroups => IsArm64 ? 159 : 116;

    private static int SYS_seccomp => IsArm64 ? 277 : 317;

    private static int SYS_getcwd => IsArm64 ? 17 : 79;

    private static int SYS_keyctl => IsArm64 ? 219 : 250;

    [LibraryImport(Libraries.C, SetLastError = true)]
    private static partial nint syscall(nint number, nint a, nint b, nint c, nint d, nint e, nint f);
}
