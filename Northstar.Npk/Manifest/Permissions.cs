// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>What a console connection may do: a set of the fifteen permissions of the console protocol, and what is beyond it.</summary>
[Flags]
public enum Permissions
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Ask for the connection's own identity.</summary>
    Ident = 1 << 0,

    /// <summary>Query one container.</summary>
    Inspect = 1 << 1,

    /// <summary>Install a package.</summary>
    Install = 1 << 2,

    /// <summary>Signal a container.</summary>
    Kill = 1 << 3,

    /// <summary>List containers.</summary>
    List = 1 << 4,

    /// <summary>Receive notifications.</summary>
    Notifications = 1 << 5,

    /// <summary>Mount containers.</summary>
    Mount = 1 << 6,

    /// <summary>List repositories.</summary>
    Repositories = 1 << 7,

    /// <summary>Stop the runtime.</summary>
    Shutdown = 1 << 8,

    /// <summary>Start a container as its manifest says.</summary>
    Start = 1 << 9,

    /// <summary>Start a container with another program, arguments or environment.</summary>
    StartCommand = 1 << 10,

    /// <summary>Create a token.</summary>
    TokenCreate = 1 << 11,

    /// <summary>Verify a token.</summary>
    TokenVerification = 1 << 12,

    /// <summary>Unmount containers.</summary>
    Umount = 1 << 13,

    /// <summary>Remove a container.</summary>
    Uninstall = 1 << 14,

    /// <summary>All fifteen.</summary>
    Full = (1 << 15) - 1,

    /// <summary>Set the lowest version that may be installed and started. Not part of <see cref="Full"/>, and never given by a manifest.</summary>
    Downgrade = 1 << 15,
}
