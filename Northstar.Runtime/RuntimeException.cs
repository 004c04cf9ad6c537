// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Runtime;

/// <summary>Thrown when the runtime refuses or fails a request. The message names the container and the cause.</summary>
public sealed class RuntimeException : Exception
{
    internal RuntimeException(RuntimeErrorCode code, string message, ContainerId? container = null, Exception? innerException = null)
        : base(message, innerException)
    {
        Code = code;
        Container = container;
    }

    /// <summary>Gets why the request failed.</summary>
    public RuntimeErrorCode Code { get; }

    /// <summary>Gets the container that the failure is about, which may be another one than that of the request, or null.</summary>
    public ContainerId? Container { get; }

    /// <summary>Gets the resource that is missing, with <see cref="RuntimeErrorCode.MissingResource"/>.</summary>
    public ContainerName? Resource { get; private init; }

    /// <summary>Gets the version or requirement of the missing resource, a text for people.</summary>
    public string? ResourceVersion { get; private init; }

    internal static RuntimeException NotInstalled(ContainerId container) =>
        new(RuntimeErrorCode.InvalidContainer, $"container {container} is not installed", container);

    internal static RuntimeException AlreadyMounted(ContainerId container) =>
        new(RuntimeErrorCode.InvalidContainer, $"container {container} is mounted already", container);

    internal static RuntimeException Started(ContainerId container) =>
        new(RuntimeErrorCode.AlreadyStarted, $"container {container} is started", container);

    internal static RuntimeException Busy(ContainerId container) =>
        new(RuntimeErrorCode.UmountBusy, $"container {container} is not mounted or in use", container);

    internal static RuntimeException MissingResource(ContainerId container, ContainerName resource, string version, string? cause = null) =>
        new(RuntimeErrorCode.MissingResource, $"container {container} needs resource {resource} {version}, which is missing{(cause is null ? "" : $": {cause}")}", container)
        {
            Resource = resource,
            ResourceVersion = version,
        };

    internal static RuntimeException NotGranted(ContainerId container, IEnumerable<string> missing) =>
        new(RuntimeErrorCode.Unexpected, $"the policy of this host grants {container} no {string.Join(", no ", missing)}", container);

    internal static RuntimeException MissingDirectory(ContainerId container, ContainerId resource, string directory) =>
        new(RuntimeErrorCode.MissingResource, $"container {container} needs the directory {directory} of {resource}, which is missing", container)
        {
            Resource = resource.Name,
            ResourceVersion = resource.Version.ToString(),
        };

    internal static RuntimeException StartFailed(ContainerId container, Exception cause) =>
        new(RuntimeErrorCode.StartFailed, cause.Message, container, cause);

    internal static RuntimeException Unexpected(string message, Exception? cause = null) =>
        new(RuntimeErrorCode.Unexpected, message, null, cause);
}

/// <summary>Why the runtime refused or failed a request. Values are stable and the list only grows.</summary>
public enum RuntimeErrorCode
{
    /// <summary>Everything that has no code of its own.</summary>
    Unexpected = 0,

    /// <summary>The container is not installed, or is mounted already.</summary>
    InvalidContainer = 1,

    /// <summary>The arguments of a start are not allowed.</summary>
    InvalidArguments = 2,

    /// <summary>The container is not mounted, started, or in use.</summary>
    UmountBusy = 3,

    /// <summary>The container, or another version of it, is started.</summary>
    AlreadyStarted = 4,

    /// <summary>There is no program to execute.</summary>
    ResourceContainer = 5,

    /// <summary>A resource, or its directory, is missing.</summary>
    MissingResource = 6,

    /// <summary>A step up to <c>execve</c> failed.</summary>
    StartFailed = 7,

    /// <summary>The container is not started.</summary>
    NotStarted = 8,

    /// <summary>There is no such repository.</summary>
    InvalidRepository = 9,

    /// <summary>The container is installed in another repository.</summary>
    InstallDuplicate = 10,

    /// <summary>A container that the runtime cannot do without ended or failed to start.</summary>
    CriticalContainer = 11,

    /// <summary>The runtime is shutting down.</summary>
    ShuttingDown = 12,
}
