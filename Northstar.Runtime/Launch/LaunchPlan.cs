// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Northstar.Runtime.Launch;

/// <summary>Everything one launch needs, resolved beforehand: pure data and descriptors. The child takes no decisions.</summary>
/// <remarks>The plan does not own the descriptors; they must stay open until <see cref="Launcher.LaunchAsync"/> has returned.</remarks>
internal sealed class LaunchPlan
{
    /// <summary>Gets the process name of init, cut to 15 bytes by the kernel.</summary>
    internal required string ProcessName { get; init; }

    /// <summary>Gets the container's root: a detached mount.</summary>
    internal required SafeHandle Root { get; init; }

    /// <summary>Gets the namespaces to unshare beside PID: CLONE_NEW* flags.</summary>
    internal required int Namespaces { get; init; }

    /// <summary>Gets the host name inside, at most 64 bytes (uts_namespaces(7)).</summary>
    internal required string HostName { get; init; }

    /// <summary>Gets the network namespace to join, or null.</summary>
    internal SafeHandle? NetworkNamespace { get; init; }

    /// <summary>Gets the mounts, parents before children.</summary>
    internal IReadOnlyList<PlannedMount> Mounts { get; init; } = [];

    /// <summary>Gets the paths to hide, directories with a final slash; those that do not exist are left out by the child.</summary>
    internal IReadOnlyList<string> MaskedPaths { get; init; } = [];

    /// <summary>Gets the uid of payload and init.</summary>
    internal required uint Uid { get; init; }

    /// <summary>Gets the gid of payload and init.</summary>
    internal required uint Gid { get; init; }

    /// <summary>Gets the supplementary gids.</summary>
    internal IReadOnlyList<uint> Groups { get; init; } = [];

    /// <summary>Gets the capabilities of all five sets of the payload, one bit each.</summary>
    internal ulong Capabilities { get; init; }

    /// <summary>Gets the SELinux label that <c>execve</c> gives to the program, or empty for none.</summary>
    internal string Label { get; init; } = "";

    /// <summary>Gets the resource limits.</summary>
    internal IReadOnlyList<PlannedRlimit> Rlimits { get; init; } = [];

    /// <summary>Gets the scheduling, or null to inherit it.</summary>
    internal PlannedScheduling? Scheduling { get; init; }

    /// <summary>Gets the seccomp program (array of sock_filter), or empty for none.</summary>
    internal ReadOnlyMemory<byte> Seccomp { get; init; }

    /// <summary>Gets standard input, output and error; null is a <c>/dev/null</c> of the launcher's own, which no container can change.</summary>
    internal required SafeHandle?[] StandardStreams { get; init; }

    /// <summary>Gets the descriptors that the payload inherits as 3, 4 and so on.</summary>
    internal IReadOnlyList<SafeHandle> Inherited { get; init; } = [];

    /// <summary>Gets the program.</summary>
    internal required string Program { get; init; }

    /// <summary>Gets the arguments, argument 0 included.</summary>
    internal required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Gets the environment, one <c>KEY=VALUE</c> each.</summary>
    internal required IReadOnlyList<string> Environment { get; init; }

    /// <summary>Gets a value indicating whether init waits, before it forks the payload, until debug tools are attached to it.</summary>
    internal bool Waits { get; init; }

    /// <summary>Gets the fault that is built in on purpose, for tests.</summary>
    internal LaunchFault Fault { get; init; }
}

/// <summary>A step that fails on purpose with an error number, or stands still there when that is 0. The default is no fault.</summary>
internal readonly record struct LaunchFault(LaunchStage Stage, int Errno);

/// <summary>One mount of a plan.</summary>
/// <param name="Kind">How it comes about.</param>
/// <param name="Target">The target inside the container.</param>
/// <param name="Attributes">MOUNT_ATTR_* flags of a new mount.</param>
/// <param name="Source">The detached mount, where the kind needs one.</param>
/// <param name="Data">The directory, or the file system's parameters as <c>key=value</c> words joined by commas.</param>
internal sealed record PlannedMount(MountKind Kind, string Target, ulong Attributes, SafeHandle? Source = null, string Data = "");

/// <summary>One resource limit of a plan; the name is for errors.</summary>
internal readonly record struct PlannedRlimit(string Name, int Resource, ulong Soft, ulong Hard);

/// <summary>Scheduling of a plan: SCHED_* policy, static priority, nice value.</summary>
internal readonly record struct PlannedScheduling(int Policy, int Priority, int Nice);
