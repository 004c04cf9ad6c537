// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>The network of a container. A closed hierarchy; a manifest without one gets a new namespace with loopback only.</summary>
public abstract record Network
{
    private Network()
    {
    }

    /// <summary>The host's network namespace.</summary>
    public sealed record Host : Network;

    /// <summary>An existing named network namespace (<c>/var/run/netns</c>).</summary>
    /// <param name="Name">The name, at most 256 bytes, one path component.</param>
    public sealed record Namespace(string Name) : Network;
}
