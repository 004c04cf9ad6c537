// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux.Seccomp;

/// <summary>What a filter answers: the value of its return instruction (seccomp(2)).</summary>
internal readonly record struct SeccompAction(uint Value)
{
    /// <summary>The call is made.</summary>
    internal static SeccompAction Allow { get; } = new(Sys.SECCOMP_RET_ALLOW);

    /// <summary>The whole process dies by SIGSYS.</summary>
    internal static SeccompAction KillProcess { get; } = new(Sys.SECCOMP_RET_KILL_PROCESS);

    /// <summary>The call fails with EPERM.</summary>
    internal static SeccompAction NotPermitted { get; } = Errno(1);

    /// <summary>The call fails with ENOSYS, as on a kernel that does not have it.</summary>
    internal static SeccompAction NotImplemented { get; } = Errno(38);

    /// <summary>The call fails with EAFNOSUPPORT, as on a kernel without that address family.</summary>
    internal static SeccompAction FamilyNotSupported { get; } = Errno(97);

    private static SeccompAction Errno(ushort number) => new(Sys.SECCOMP_RET_ERRNO | number);
}
