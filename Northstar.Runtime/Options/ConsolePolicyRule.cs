// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Runtime;

/// <summary>
/// One rule of the policy of the listener: who, and what that peer may do. The first rule that fits a peer counts; a peer that none fits is closed at
/// once. A rule fits when everything that it says about the peer is so; it says at least one thing.
/// </summary>
public sealed class ConsolePolicyRule
{
    /// <summary>The word for any user, any group, any certificate.</summary>
    public const string Any = "*";

    /// <summary>Gets or sets the user at the other end of a Unix socket: name, number or <see cref="Any"/>. Null: not looked at.</summary>
    public string? User { get; set; }

    /// <summary>Gets or sets a group that this user's process has, its own or a supplementary one: name, number or <see cref="Any"/>. Null: not looked at.</summary>
    public string? Group { get; set; }

    /// <summary>Gets or sets the SELinux context of the process, in which <c>*</c> stands for any text. Null: not looked at.</summary>
    public string? Selinux { get; set; }

    /// <summary>
    /// Gets or sets the client's certificate: its common name, in which <c>*</c> stands for any text, or <c>sha256:</c> and the 64 lower-case hex digits
    /// of its fingerprint. Null: not looked at.
    /// </summary>
    public string? Certificate { get; set; }

    /// <summary>Gets or sets what the peer may do.</summary>
    public Permissions Permissions { get; set; }

    /// <summary>Gets the names of the containers that the peer sees and may touch, in which <c>*</c> stands for any text; empty for all.</summary>
    public IList<string> Containers { get; } = [];

    /// <summary>Gets or sets a value indicating whether <c>inspect</c> shows arguments and environments, where secrets may be.</summary>
    public bool ShowsEnvironment { get; set; }

    /// <summary>Gets or sets a value indicating whether a start may replace the program.</summary>
    public bool StartInit { get; set; }

    /// <summary>Gets the arguments that a start may give, in which <c>*</c> stands for any text.</summary>
    public IList<string> StartArguments { get; } = [];

    /// <summary>
    /// Gets the variables that a start may give, in which <c>*</c> stands for any text. Those that steer a loader or a language's runtime
    /// (<c>LD_*</c>, <c>GCONV_PATH</c>, <c>DOTNET_*</c>, <c>COMPlus_*</c>, <c>CORECLR_*</c>) have to be named in full.
    /// </summary>
    public IList<string> StartEnvironment { get; } = [];
}
