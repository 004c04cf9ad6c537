// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Api;

/// <summary>Configures a <see cref="NorthstarClient"/>. The client reads it once, when it connects.</summary>
public sealed class NorthstarClientOptions
{
    /// <summary>Gets or sets how long making the socket connection may take, name resolution and TLS included. Default 5 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets how long the runtime may take to accept the connection. Default 10 s.</summary>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets or sets how a connection over TCP is encrypted; null for not at all. Default null.</summary>
    public NorthstarTlsOptions? Tls { get; set; }

    /// <summary>
    /// Gets or sets how a connection that ended is replaced by a new one; null for not at all. Default null. Only a client that connects by an
    /// address can do that.
    /// </summary>
    public ReconnectOptions? Reconnect { get; set; }

    /// <summary>Gets or sets a value indicating whether the connection gets notifications, which needs the permission <c>notifications</c>.</summary>
    public bool SubscribeNotifications { get; set; }

    /// <summary>Gets or sets how many notifications wait to be read before the next one is lost; 1 or more. Default 1000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int NotificationBufferSize
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    }
    = 1000;

    /// <summary>
    /// Gets or sets a value indicating whether the client asks for extensions of the protocol (<see cref="ProtocolExtensions"/>); a runtime that knows none
    /// ignores it. A subscription then also gets <see cref="Notification.Corrupted"/>. Default false.
    /// </summary>
    public bool Extensions { get; set; }

    /// <summary>Gets or sets how much output of a container waits to be read before some is left out, in bytes; 4096 or more. Default 1 MiB.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 4096.</exception>
    public int OutputBufferBytes
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 4096);
            field = value;
        }
    }
    = 1024 * 1024;

    /// <summary>
    /// Gets or sets what is called with every byte that was received, in order. Calls of both traces never overlap; the memory is valid during
    /// the call only.
    /// </summary>
    public Action<ReadOnlyMemory<byte>>? TraceReceived { get; set; }

    /// <summary>
    /// Gets or sets what is called with every byte of every message just before it is sent, so that a request always comes before its response.
    /// The bytes of an installed package are left out.
    /// </summary>
    public Action<ReadOnlyMemory<byte>>? TraceSent { get; set; }
}
