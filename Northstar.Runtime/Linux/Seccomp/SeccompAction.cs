// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime.Linux.Seccomp;

/// <summary>What a filter answers: the value of its return instruction (seccomp(2)).</summary>
internal readonly record struct SeccompAction(uint Value)
{
    /// <summary>The call is made.</summary>
    internal static SeccompAction Allow { get; } = new(0x7FFF0000);

    /// <summary>The whole process dies by SIGSYS.</summary>
    internal static SeccompAction KillProcess { get; } = new(0x80000000);

    /// <summary>The call fails with EPERM.</summary>
    internal static SeccompAction NotPermitted { get; } = Errno(1);

    /// <summary>The call fails with ENOSYS, as on a kernel that does not have it.</summary>
    internal static SeccompAction NotImplemented { get; } = Errno(38);

    /// <summary>The call fails with EAFNOSUPPORT, as on a kernel without that address family.</summary>
    internal static SeccompAction FamilyNotSupported { get; } = Errno(97);

    private static SeccompAction Errno(ushort number) => new(0x00050000u | number);
}
