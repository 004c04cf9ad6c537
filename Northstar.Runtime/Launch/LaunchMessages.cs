// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Northstar.Runtime.Launch;

/// <summary>What the runtime sends to the launcher: this header and the plan in one packet, descriptors beside it. Compiled into both sides.</summary>
/// <remarks>The first descriptor is the init's end of the container's own socket. A plan too large for a packet comes in a memfd, the last descriptor.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal struct LaunchRequest
{
    /// <summary>The largest plan that travels in the packet itself, in bytes.</summary>
    internal const int MaxInlinePlan = 96 * 1024;

    /// <summary>The largest plan of all, in bytes.</summary>
    internal const int MaxPlan = 4 * 1024 * 1024;

    /// <summary>The most descriptors of one message (SCM_MAX_FD, unix(7)).</summary>
    internal const int MaxDescriptors = 253;

    internal ulong Id;
    internal uint PlanLength;
    internal uint InMemfd;

    /// <summary>Other than 0: nothing is launched. The init of this process id is killed, for a runtime that has no pidfd of it.</summary>
    internal int Kill;

    /// <summary>1: init begins in a cgroup of version 2, whose directory is the last descriptor but for the memfd of a large plan.</summary>
    internal uint IntoCgroup;

    /// <summary>The namespaces beside PID: CLONE_NEW* flags.</summary>
    internal uint Namespaces;

    /// <summary>1: init waits, before it forks the payload, until debug tools are attached to it.</summary>
    internal uint Waits;

    /// <summary>The step that fails on purpose with <see cref="FailErrno"/>, or stands still when that is 0. For tests; <see cref="LaunchStage.None"/> else.</summary>
    internal LaunchStage FailStage;
    internal int FailErrno;
}

/// <summary>What the launcher tells the runtime. With <see cref="Forked"/> a pidfd of init travels beside it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LaunchReply
{
    internal const uint Ready = 1;
    internal const uint Forked = 2;
    internal const uint Failed = 3;

    /// <summary>An init ended and was reaped, and with it its PID namespace.</summary>
    internal const uint Reaped = 4;

    internal ulong Id;
    internal uint Kind;
    internal LaunchStage Stage;
    internal int Errno;
    internal int Pid;

    /// <summary>Reaped: init's wait status (waitpid(2)).</summary>
    internal int Status;
    internal int Reserved;
}

/// <summary>What the runtime sends to a container's init on the container's own socket: a byte, and beside it the files to join cgroups through.</summary>
/// <remarks>They come after the plan, so that the cgroups are made while init builds the root.</remarks>
internal static class JoinMessage
{
    /// <summary>The most hierarchies.</summary>
    internal const int MaxDescriptors = 16;
}

/// <summary>What a container's init tells the runtime on the container's own socket; the path of a failure follows.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct InitMessage
{
    internal const uint Started = 1;
    internal const uint Failed = 2;
    internal const uint Exited = 3;

    /// <summary>The longest path that a failure carries, in bytes.</summary>
    internal const int MaxDetail = 1024;

    internal uint Kind;
    internal LaunchStage Stage;
    internal int Errno;

    /// <summary>Exited: the wait status (waitpid(2)).</summary>
    internal int Value;
}
