// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Api;

/// <summary>Requests for containers that are given as text, <c>name:version</c>.</summary>
/// <remarks>Text that is no container throws <see cref="ArgumentException"/> before anything is sent.</remarks>
public static class NorthstarClientTextExtensions
{
    /// <summary>Gets the data of one container.</summary>
    public static Task<InspectData> InspectAsync(this NorthstarClient client, string container, CancellationToken cancellationToken = default) =>
        client.InspectAsync(Parse(container), cancellationToken);

    /// <summary>Starts a container as its manifest says.</summary>
    public static Task StartAsync(this NorthstarClient client, string container, CancellationToken cancellationToken = default) =>
        client.StartAsync(Parse(container), cancellationToken);

    /// <summary>Sends a signal to a container's process group.</summary>
    public static Task KillAsync(this NorthstarClient client, string container, int signal, CancellationToken cancellationToken = default) =>
        client.KillAsync(Parse(container), signal, cancellationToken);

    /// <summary>Mounts a container. A failure is in the result, not an exception.</summary>
    public static Task<ContainerResult> MountAsync(this NorthstarClient client, string container, CancellationToken cancellationToken = default) =>
        client.MountAsync(Parse(container), cancellationToken);

    /// <summary>Unmounts a container. A failure is in the result, not an exception.</summary>
    public static Task<ContainerResult> UmountAsync(this NorthstarClient client, string container, CancellationToken cancellationToken = default) =>
        client.UmountAsync(Parse(container), cancellationToken);

    /// <summary>Removes a container.</summary>
    public static Task UninstallAsync(
        this NorthstarClient client, string container, bool wipe = false, CancellationToken cancellationToken = default) =>
        client.UninstallAsync(Parse(container), wipe, cancellationToken);

    private static ContainerId Parse(string container) =>
        ContainerId.TryParse(container, out ContainerId id)
            ? id
            : throw new ArgumentException($"invalid container '{container}': 'name:major.minor.patch' is needed", nameof(container));
}
