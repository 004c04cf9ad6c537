// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime.Linux.Cgroups;

/// <summary>What a container gets beside the settings of its manifest.</summary>
/// <param name="Pids">The most processes and threads; 0 for no limit.</param>
/// <param name="RealtimeBudget">Real-time time a second when the container has a real-time policy and names no budget itself, else null.</param>
internal sealed record CgroupDefaults(uint Pids, TimeSpan? RealtimeBudget)
{
    /// <summary>Gets the devices that the container may use beside <see cref="DeviceGrant.Minimal"/>.</summary>
    internal IReadOnlyList<DeviceGrant> Devices { get; init; } = [];

    /// <summary>Gets the memory limit in bytes when the container names none, or null.</summary>
    internal long? MemoryBytes { get; init; }

    /// <summary>Gets the bytes that may be swapped when the container names no limit, or null.</summary>
    internal long? SwapBytes { get; init; }

    /// <summary>Gets the processor time a second when the container names no quota, or null.</summary>
    internal TimeSpan? Cpu { get; init; }

    /// <summary>Returns the quota in microseconds for a period of this length, or null.</summary>
    internal long? CpuQuota(ulong periodMicroseconds) => Cpu is { } time ? (long)(time.TotalSeconds * periodMicroseconds) : null;
}
