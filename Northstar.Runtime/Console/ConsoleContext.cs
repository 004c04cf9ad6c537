// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Logging;
using Northstar.Npk;
using Northstar.Runtime.Engine;

namespace Northstar.Runtime.Console;

/// <summary>What all connections of a console server share.</summary>
internal sealed class ConsoleContext(IRuntimeRequests requests, TimeProvider time, ILogger logger, ConsoleAudit? audit = null, ConsoleOptions? options = null)
{
    private volatile bool _isStopping;

    internal IRuntimeRequests Requests { get; } = requests;

    internal TimeProvider Time { get; } = time;

    internal ILogger Logger { get; } = logger;

    internal InstallBuffers InstallBuffers { get; } = new();

    internal ConsoleAudit Audit { get; } = audit ?? new ConsoleAudit(logger, time);

    internal TokenAuthority Tokens { get; } = new(time, options?.SingleUseTokens == true);

    /// <summary>Gets a value indicating whether tokens are bound to the start of the container that made them.</summary>
    internal bool HasBoundTokens { get; } = options?.BoundTokens == true;

    /// <summary>Gets or sets a value indicating whether the runtime ends: requests are not answered any more.</summary>
    internal bool IsStopping
    {
        get => _isStopping;
        set => _isStopping = value;
    }
}

/// <summary>Who is at the other end of a connection and what that peer may do.</summary>
/// <param name="Identity">The container, or <see cref="Extern"/>.</param>
/// <param name="Name">The peer's name in the log. Made of facts of the kernel, never of what a peer chose.</param>
/// <param name="Permissions">What it may do.</param>
/// <param name="Limits">The limits of the connection.</param>
/// <param name="HandshakeLimit">The longest wait for the first message, or null for any.</param>
internal sealed record ConsolePeer(ContainerId Identity, string Name, Permissions Permissions, ConsoleLimits Limits, TimeSpan? HandshakeLimit)
{
    /// <summary>Gets the identity of every client that is no container.</summary>
    internal static ContainerId Extern { get; } = new(ContainerName.Parse("extern"), default);

    /// <summary>Gets which containers it may touch.</summary>
    internal ConsoleScope Scope { get; init; } = ConsoleScope.All;

    /// <summary>Gets the places for installs that it shares with others, or null for any number.</summary>
    internal SemaphoreSlim? Installs { get; init; }

    /// <summary>Gets the rate that it shares with others, or null.</summary>
    internal RateLimit? SharedRate { get; init; }

    /// <summary>Gets a value indicating whether a container is at the other end.</summary>
    internal bool IsContainer => Identity != Extern;
}
