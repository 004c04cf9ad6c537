// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;

namespace Northstar.Runtime.Console;

/// <summary>Turns errors of the runtime into those of the protocol, one into one.</summary>
internal static class ApiErrorMapper
{
    /// <summary>Maps a failure of a request for <paramref name="container"/>, which stands in where the failure names none.</summary>
    internal static ApiError Map(RuntimeException e, ContainerId container) => e.Code switch
    {
        RuntimeErrorCode.InvalidContainer => new ApiError.InvalidContainer(e.Container ?? container),
        RuntimeErrorCode.InvalidArguments => new ApiError.InvalidArguments(e.Message),
        RuntimeErrorCode.UmountBusy => new ApiError.UmountBusy(e.Container ?? container),
        RuntimeErrorCode.AlreadyStarted => new ApiError.StartContainerStarted(e.Container ?? container),
        RuntimeErrorCode.ResourceContainer => new ApiError.StartContainerResource(e.Container ?? container),
        RuntimeErrorCode.MissingResource when e.Resource is { } resource =>
            new ApiError.StartContainerMissingResource(e.Container ?? container, resource, e.ResourceVersion ?? ""),
        RuntimeErrorCode.StartFailed => new ApiError.StartContainerFailed(e.Container ?? container, e.Message),
        RuntimeErrorCode.NotStarted => new ApiError.StopContainerNotStarted(e.Container ?? container),
        _ => new ApiError.Unexpected(e.Message),
    };

    /// <summary>Maps a failure of an install into <paramref name="repository"/>.</summary>
    internal static ApiError MapInstall(RuntimeException e, string repository) => e.Code switch
    {
        RuntimeErrorCode.InvalidRepository => new ApiError.InvalidRepository(repository),
        RuntimeErrorCode.InstallDuplicate when e.Container is { } container => new ApiError.InstallDuplicate(container),
        _ => new ApiError.Unexpected(e.Message),
    };
}
