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
}
