// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Api;

/// <summary>One message of the console protocol: one line of JSON. A closed hierarchy.</summary>
/// <remarks>
/// <see cref="Connect"/> and <see cref="Request"/> go from the client to the runtime; <see cref="ConnectAck"/>, <see cref="ConnectNack"/>,
/// <see cref="Response"/> and <see cref="Notification"/> the other way. Messages are immutable and compare by value, except that a manifest
/// inside inspect data compares its collections by reference.
/// </remarks>
public abstract record Message
{
    private protected Message()
    {
    }
}

/// <summary>Opens a connection; the first message of a client, sent exactly once.</summary>
/// <param name="Version">The protocol version of the client.</param>
/// <param name="SubscribeNotifications">Whether the connection gets notifications, for its whole life.</param>
public sealed record Connect(PackageVersion Version, bool SubscribeNotifications) : Message
{
    /// <summary>Gets a value indicating whether the client asks for extensions of the protocol; see <see cref="ProtocolExtensions"/>.</summary>
    public bool Extensions { get; init; }
}

/// <summary>Accepts a connection.</summary>
public sealed record ConnectAck : Message
{
    /// <summary>Gets the extensions that may be used on the connection; null when the client did not ask, or the runtime knows none.</summary>
    public IReadOnlyList<string>? Extensions { get; init; }

    /// <inheritdoc/>
    public bool Equals(ConnectAck? other) => other is not null && (Extensions, other.Extensions) switch
    {
        (null, null) => true,
        ({ } mine, { } others) => Values.Equal(mine, others),
        _ => false,
    };

    /// <inheritdoc/>
    public override int GetHashCode() => Extensions is { } names ? Values.Hash(names) : 0;
}

/// <summary>Refuses a connection; the runtime closes it afterwards. A closed hierarchy.</summary>
public abstract record ConnectNack : Message
{
    private ConnectNack()
    {
    }

    /// <summary>The client speaks an older protocol than the runtime.</summary>
    /// <param name="Version">The protocol version of the runtime.</param>
    public sealed record InvalidProtocolVersion(PackageVersion Version) : ConnectNack;

    /// <summary>The client subscribes without the permission <c>notifications</c>.</summary>
    public sealed record PermissionDenied : ConnectNack;
}
