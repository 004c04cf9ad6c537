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

    /// <summary>Gets a value indicating whether the notification is beyond version 0.9.3 of the protocol; see <see cref="ProtocolExtensions"/>.</summary>
    public bool IsExtension => this is Corrupted or Output or OutputEnd or OutputLost;

    /// <summary>A memory event of a container's cgroup (<c>c_group</c> on the wire).</summary>
    /// <param name="Container">The container.</param>
    /// <param name="Memory">The counters.</param>
    public sealed record CGroup(ContainerId Container, MemoryEvents Memory) : Notification;

    /// <summary>
    /// The stored image of a container is not what was signed: it is damaged or was changed (extension <see cref="ProtocolExtensions.Corrupted"/>).
    /// </summary>
    /// <param name="Container">The container.</param>
    /// <param name="Cause">What was found, for people.</param>
    public sealed record Corrupted(ContainerId Container, string Cause) : Notification;

    /// <summary>A started container ended.</summary>
    /// <param name="Container">The container.</param>
    /// <param name="Status">How it ended.</param>
    public sealed record Exit(ContainerId Container, ExitStatus Status) : Notification;

    /// <summary>A container was installed.</summary>
    /// <param name="Container">The container.</param>
    public sealed record Install(ContainerId Container) : Notification;

    /// <summary>A container that the connection follows wrote something (extension <see cref="ProtocolExtensions.Output"/>).</summary>
    /// <param name="Container">The container.</param>
    /// <param name="Stream">Where it wrote.</param>
    /// <param name="Data">What it wrote, as it is: bytes that a program chose, cut anywhere. Escape them before a terminal sees them.</param>
    public sealed record Output(ContainerId Container, OutputSource Stream, ReadOnlyMemory<byte> Data) : Notification
    {
        /// <inheritdoc/>
        public bool Equals(Output? other) =>
            other is not null && Container == other.Container && Stream == other.Stream && Values.Equal(Data, other.Data);

        /// <inheritdoc/>
        public override int GetHashCode() => HashCode.Combine(Container, Stream, Values.Hash(Data));
    }

    /// <summary>A stream that the connection follows ended, since every process that had it is gone (extension <see cref="ProtocolExtensions.Output"/>).</summary>
    /// <param name="Container">The container.</param>
    /// <param name="Stream">The stream.</param>
    public sealed record OutputEnd(ContainerId Container, OutputSource Stream) : Notification;

    /// <summary>The client did not read fast enough and misses a part of a stream, here (extension <see cref="ProtocolExtensions.Output"/>).</summary>
    /// <param name="Container">The container.</param>
    /// <param name="Stream">The stream.</param>
    /// <param name="Bytes">The number of bytes that are missing.</param>
    public sealed record OutputLost(ContainerId Container, OutputSource Stream, ulong Bytes) : Notification;

    /// <summary>The runtime begins to shut down.</summary>
    public sealed record Shutdown : Notification;

    /// <summary>A container was started.</summary>
    /// <param name="Container">The container.</param>
    public sealed record Started(ContainerId Container) : Notification;

    /// <summary>A container was removed.</summary>
    /// <param name="Container">The container.</param>
    public sealed record Uninstall(ContainerId Container) : Notification;

    /// <summary>
    /// How far a verification is that this connection asked for (extension <see cref="ProtocolExtensions.Verify"/>); it needs no subscription.
    /// </summary>
    /// <param name="Container">The container.</param>
    /// <param name="DoneBytes">The bytes that were read.</param>
    /// <param name="TotalBytes">All bytes.</param>
    public sealed record Verifying(ContainerId Container, ulong DoneBytes, ulong TotalBytes) : Notification;
}

/// <summary>Counters of the file <c>memory.events</c> (cgroup v2); null where the hierarchy has none. On v1 only <paramref name="Oom"/> is set.</summary>
/// <param name="Low">Times that memory below the low boundary was reclaimed.</param>
/// <param name="High">Times that the high boundary was exceeded.</param>
/// <param name="Max">Times that the limit was about to be exceeded.</param>
/// <param name="Oom">Times that the limit was reached and an allocation was about to fail.</param>
/// <param name="OomKill">Processes killed because memory ran out.</param>
public sealed record MemoryEvents(ulong? Low = null, ulong? High = null, ulong? Max = null, ulong? Oom = null, ulong? OomKill = null);

/// <summary>A stream that a container writes to.</summary>
public enum OutputSource
{
    /// <summary>Standard output.</summary>
    Stdout,

    /// <summary>Standard error.</summary>
    Stderr,
}
