// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Runtime;

/// <summary>Configures the consoles.</summary>
public sealed class ConsoleOptions
{
    /// <summary>Gets or sets the listener for external clients, or null: no listener.</summary>
    public GlobalConsoleOptions? Global { get; set; }

    /// <summary>Gets the limits of the containers' own consoles.</summary>
    public ConsoleLimits Limits { get; } = new();

    /// <summary>Gets or sets a value indicating whether a token can be verified once only. Off by default: the protocol lets it be verified any number of times.</summary>
    public bool SingleUseTokens { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether a token of a container counts only while that very start of it runs, with that package of that repository.
    /// Off by default: the protocol knows names only.
    /// </summary>
    public bool BoundTokens { get; set; }
}

/// <summary>Configures the listener for external clients.</summary>
public sealed class GlobalConsoleOptions
{
    /// <summary>Gets or sets the address: <c>tcp://HOST[:PORT]</c> (port 4200) or <c>unix:///PATH</c>.</summary>
    public string Bind { get; set; } = "";

    /// <summary>Gets or sets what every connection of the listener may do, unless there is a <see cref="Policy"/>.</summary>
    public Permissions Permissions { get; set; }

    /// <summary>Gets the rules that say who may do what; empty: <see cref="Permissions"/> for everyone who can connect.</summary>
    public IList<ConsolePolicyRule> Policy { get; } = [];

    /// <summary>Gets or sets the encryption of <c>tcp</c>, or null for none.</summary>
    public ConsoleTlsOptions? Tls { get; set; }

    /// <summary>Gets or sets the most connections at a time; more are closed at once. 0 for any number.</summary>
    public uint MaxConnections { get; set; } = 1024;

    /// <summary>Gets or sets the most connections of one user of a Unix socket at a time; more are closed at once. 0 for any number.</summary>
    public uint MaxConnectionsPerUid { get; set; }

    /// <summary>Gets or sets the most messages a second of all connections together; more are read later. 0 for any number.</summary>
    public uint MaxTotalRequestsPerSecond { get; set; }

    /// <summary>Gets or sets the most packages that are received at a time; the bytes of more are read when a place is free. 0 for any number.</summary>
    public uint MaxInstalls { get; set; }

    /// <summary>Gets or sets the longest wait for the first message, and before it for the end of the TLS handshake.</summary>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets or sets a value indicating whether <c>tcp</c> may bind to an address that is not loopback.</summary>
    public bool AllowRemote { get; set; }

    /// <summary>Gets or sets the permission bits of a <c>unix</c> socket file.</summary>
    public uint Mode { get; set; } = 0x180; // 0600

    /// <summary>Gets or sets the owner of a <c>unix</c> socket file, a name or a number. Null: the runtime's user.</summary>
    public string? Owner { get; set; }

    /// <summary>Gets or sets the group of a <c>unix</c> socket file, a name or a number. Null: the runtime's group.</summary>
    public string? Group { get; set; }

    /// <summary>Gets the limits of the listener's connections.</summary>
    public ConsoleLimits Limits { get; } = new();
}

/// <summary>Limits of one console connection.</summary>
public sealed class ConsoleLimits
{
    /// <summary>Gets or sets how long a token is valid for verification on this connection.</summary>
    public TimeSpan TokenValidity { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Gets or sets the most messages a second; more are read later. 0 acts like 1.</summary>
    public uint MaxRequestsPerSecond { get; set; } = 1000;

    /// <summary>Gets or sets the longest line in bytes, without the line feed.</summary>
    public ulong MaxRequestSizeBytes { get; set; } = 1024 * 1024;

    /// <summary>Gets or sets the largest package in bytes; a larger announcement closes the connection.</summary>
    public ulong MaxNpkInstallSizeBytes { get; set; } = 256 * 1024 * 1024;

    /// <summary>
    /// Gets or sets the longest wait for a message on a connection that gets no notifications and follows no container. Zero for any: the default.
    /// </summary>
    public TimeSpan IdleTimeout { get; set; }

    /// <summary>Gets or sets the longest time from an install request to the last byte of its package; then the connection is closed. Zero for any: the default.</summary>
    public TimeSpan InstallTimeout { get; set; }

    /// <summary>Gets or sets how long a peer may take nothing of what is sent to it; then it is closed.</summary>
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets or sets the longest pause between two pieces of an installed package.</summary>
    public TimeSpan NpkStreamTimeout { get; set; } = TimeSpan.FromSeconds(10);
}
