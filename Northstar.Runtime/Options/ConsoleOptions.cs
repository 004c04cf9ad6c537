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
}

/// <summary>Configures the listener for external clients.</summary>
public sealed class GlobalConsoleOptions
{
    /// <summary>Gets or sets the address: <c>tcp://HOST[:PORT]</c> (port 4200) or <c>unix:///PATH</c>.</summary>
    public string Bind { get; set; } = "";

    /// <summary>Gets or sets what every connection of the listener may do.</summary>
    public Permissions Permissions { get; set; }

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

    /// <summary>Gets or sets the longest pause between two pieces of an installed package.</summary>
    public TimeSpan NpkStreamTimeout { get; set; } = TimeSpan.FromSeconds(10);
}
