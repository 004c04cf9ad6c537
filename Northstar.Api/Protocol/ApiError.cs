// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Api;

/// <summary>Why a request failed, as the runtime reports it. A closed hierarchy of fifteen kinds.</summary>
/// <remarks>Free texts are for people and are not to be interpreted.</remarks>
public abstract record ApiError
{
    private ApiError()
    {
    }

    /// <summary>Gets a sentence for people, without the name of the request.</summary>
    public string Description => this switch
    {
        Configuration e => $"the configuration is invalid: {e.Context}",
        DuplicateContainer e => $"container {e.Container} exists twice",
        InvalidContainer e => $"container {e.Container} is not installed, or its state does not allow the request",
        InvalidArguments e => $"invalid arguments: {e.Cause}",
        MountBusy e => $"container {e.Container} is mounted already",
        UmountBusy e => $"container {e.Container} is not mounted or in use",
        StartContainerStarted e => $"container {e.Container} is started already",
        StartContainerResource e => $"container {e.Container} is a resource, it has no program",
        StartContainerMissingResource e => $"container {e.Container} needs resource {e.Resource} {e.Version}, which is missing",
        StartContainerFailed e => $"container {e.Container} failed to start: {e.Error}",
        StopContainerNotStarted e => $"container {e.Container} is not started",
        InvalidRepository e => $"there is no repository '{e.Repository}'",
        InstallDuplicate e => $"container {e.Container} is installed in another repository",
        CriticalContainer e => $"critical container {e.Container} ended with {e.Status}",
        Unexpected e => e.Error,
        _ => "unknown error",
    };

    /// <summary>The configuration is invalid.</summary>
    /// <param name="Context">Free text.</param>
    public sealed record Configuration(string Context) : ApiError;

    /// <summary>A container exists twice.</summary>
    /// <param name="Container">The container.</param>
    public sealed record DuplicateContainer(ContainerId Container) : ApiError;

    /// <summary>The container is not installed; for a mount also: is mounted already.</summary>
    /// <param name="Container">The container.</param>
    public sealed record InvalidContainer(ContainerId Container) : ApiError;

    /// <summary>The arguments of the request are not allowed.</summary>
    /// <param name="Cause">Free text.</param>
    public sealed record InvalidArguments(string Cause) : ApiError;

    /// <summary>The container cannot be mounted now.</summary>
    /// <param name="Container">The container.</param>
    public sealed record MountBusy(ContainerId Container) : ApiError;

    /// <summary>The container is not mounted, started, or in use.</summary>
    /// <param name="Container">The container, or the one that uses it.</param>
    public sealed record UmountBusy(ContainerId Container) : ApiError;

    /// <summary>The container, or another version of it, is started already.</summary>
    /// <param name="Container">The version that runs.</param>
    public sealed record StartContainerStarted(ContainerId Container) : ApiError;

    /// <summary>The container is a resource and has nothing to execute.</summary>
    /// <param name="Container">The container.</param>
    public sealed record StartContainerResource(ContainerId Container) : ApiError;

    /// <summary>A resource, or a directory of it, is missing.</summary>
    /// <param name="Container">The container that needs it.</param>
    /// <param name="Resource">The resource container's name.</param>
    /// <param name="Version">The requirement or the version, as free text.</param>
    public sealed record StartContainerMissingResource(ContainerId Container, ContainerName Resource, string Version) : ApiError;

    /// <summary>The container's process could not be created.</summary>
    /// <param name="Container">The container.</param>
    /// <param name="Error">Free text: stage, path and errno.</param>
    public sealed record StartContainerFailed(ContainerId Container, string Error) : ApiError;

    /// <summary>The container is not started.</summary>
    /// <param name="Container">The container.</param>
    public sealed record StopContainerNotStarted(ContainerId Container) : ApiError;

    /// <summary>There is no such repository.</summary>
    /// <param name="Repository">The repository.</param>
    public sealed record InvalidRepository(string Repository) : ApiError;

    /// <summary>The same name and version is installed in another repository.</summary>
    /// <param name="Container">The container.</param>
    public sealed record InstallDuplicate(ContainerId Container) : ApiError;

    /// <summary>A critical container ended.</summary>
    /// <param name="Container">The container.</param>
    /// <param name="Status">How it ended.</param>
    public sealed record CriticalContainer(ContainerId Container, ExitStatus Status) : ApiError;

    /// <summary>Anything else.</summary>
    /// <param name="Error">Free text.</param>
    public sealed record Unexpected(string Error) : ApiError;
}
