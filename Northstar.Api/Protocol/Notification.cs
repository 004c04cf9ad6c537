// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Api;

/// <summary>An event that the runtime tells every connection that subscribed. A closed hierarchy.</summary>
public abstract record Notification : Message
{
    private Notification()
    {
    }

    /// <summary>A memory event of a container's cgroup (<c>c_group</c> on the wire).</summary>
    /// <param name="Container">The container.</param>
    /// <param name="Memory">The counters.</param>
    public sealed record CGroup(ContainerId Container, MemoryEvents Memory) : Notification;

    /// <summary>A started container ended.</summary>
    /// <param name="Container">The container.</param>
    /// <param name="Status">How it ended.</param>
    public sealed record Exit(ContainerId Container, ExitStatus Status) : Notification;

    /// <summary>A container was installed.</summary>
    /// <param name="Container">The container.</param>
    public sealed record Install(ContainerId Container) : Notification;

    /// <summary>The runtime begins to shut down.</summary>
    public sealed record Shutdown : Notification;

    /// <summary>A container was started.</summary>
    /// <param name="Container">The container.</param>
    public sealed record Started(ContainerId Container) : Notification;

    /// <summary>A container was removed.</summary>
    /// <param name="Container">The container.</param>
    public sealed record Uninstall(ContainerId Container) : Notification;
}

/// <summary>Counters of the file <c>memory.events</c> (cgroup v2); null where the hierarchy has none. On v1 only <paramref name="Oom"/> is set.</summary>
/// <param name="Low">Times that memory below the low boundary was reclaimed.</param>
/// <param name="High">Times that the high boundary was exceeded.</param>
/// <param name="Max">Times that the limit was about to be exceeded.</param>
/// <param name="Oom">Times that the limit was reached and an allocation was about to fail.</param>
/// <param name="OomKill">Processes killed because memory ran out.</param>
public sealed record MemoryEvents(ulong? Low = null, ulong? High = null, ulong? Max = null, ulong? Oom = null, ulong? OomKill = null);
