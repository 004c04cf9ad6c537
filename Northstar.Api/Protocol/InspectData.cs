// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Api;

/// <summary>What the runtime knows about one container.</summary>
public sealed record InspectData
{
    /// <summary>Gets the manifest.</summary>
    public required Manifest Manifest { get; init; }

    /// <summary>Gets the repository that it is installed in.</summary>
    public required string Repository { get; init; }

    /// <summary>Gets a value indicating whether it is mounted.</summary>
    public required bool Mounted { get; init; }

    /// <summary>
    /// Gets how its image is protected while mounted: <c>none</c>, <c>dm-verity</c> or <c>sealed-memory</c>. Null when it is not mounted, and
    /// from a runtime that does not report it.
    /// </summary>
    public string? Integrity { get; init; }

    /// <summary>
    /// Gets what the runtime knows of its origin. Null unless the connection has the extension <see cref="ProtocolExtensions.Trust"/>.
    /// </summary>
    public TrustData? Trust { get; init; }

    /// <summary>Gets its process, or null when it is not started.</summary>
    public ProcessData? Process { get; init; }
}

/// <summary>The process of a started container.</summary>
/// <param name="Pid">The process id of the container's init, as the runtime sees it.</param>
/// <param name="UptimeNanoseconds">The time since the start in nanoseconds.</param>
/// <param name="Statistics">What its cgroup controllers count.</param>
public sealed record ProcessData(uint Pid, ulong UptimeNanoseconds, ProcessStatistics Statistics)
{
    /// <summary>Gets the time since the start, to 100 ns.</summary>
    public TimeSpan Uptime => TimeSpan.FromTicks((long)(UptimeNanoseconds / 100));
}
