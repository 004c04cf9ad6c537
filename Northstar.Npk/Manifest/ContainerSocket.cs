// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>A Unix socket that the runtime creates and hands to the container.</summary>
/// <param name="Type">The socket type.</param>
/// <param name="Mode">The permission bits of the socket file.</param>
/// <param name="Uid">The owner of the socket file, or null.</param>
/// <param name="Gid">The group of the socket file, or null.</param>
/// <param name="PassCred">Whether SO_PASSCRED is set; null is not set.</param>
public sealed record ContainerSocket(SocketKind Type, uint Mode, uint? Uid, uint? Gid, bool? PassCred);

/// <summary>The type of a container's socket (socket(2)).</summary>
public enum SocketKind
{
    /// <summary>SOCK_STREAM.</summary>
    Stream,

    /// <summary>SOCK_DGRAM.</summary>
    Datagram,

    /// <summary>SOCK_SEQPACKET.</summary>
    SeqPacket,
}
