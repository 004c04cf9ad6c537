// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Logging;
using Northstar.Npk;

namespace Northstar.Runtime.Repositories;

/// <summary>Log records of repositories, ids 2000 to 2999. Next free: 2006.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 2000, EventName = "RepositoryTrusted", Level = LogLevel.Warning,
        Message = "Repository {Repository} has no key: its packages are trusted, nothing is verified")]
    internal static partial void Trusted(ILogger logger, string repository);

    [LoggerMessage(EventId = 2001, EventName = "PackageRefused", Level = LogLevel.Error, Message = "Repository {Repository}: {Path} is left out: {Cause}")]
    internal static partial void BadPackage(ILogger logger, string repository, string path, string cause);

    [LoggerMessage(EventId = 2002, EventName = "PackageDuplicate", Level = LogLevel.Warning,
        Message = "Repository {Repository}: {Container} in {Path} is left out, {First} holds it already")]
    internal static partial void DuplicateFile(ILogger logger, string repository, ContainerId container, string path, string first);

    [LoggerMessage(EventId = 2003, EventName = "StaleInstall", Level = LogLevel.Information,
        Message = "Repository {Repository}: removing {Path}, left over from an install that did not end")]
    internal static partial void StaleFile(ILogger logger, string repository, string path);

    [LoggerMessage(EventId = 2004, EventName = "CleanupFailed", Level = LogLevel.Warning, Message = "Cannot remove {Path}: {Cause}")]
    internal static partial void CleanupFailed(ILogger logger, string path, string cause);

    [LoggerMessage(EventId = 2005, EventName = "RepositoryLoaded", Level = LogLevel.Information, Message = "Repository {Repository} holds {Count} packages")]
    internal static partial void Loaded(ILogger logger, string repository, int count);
}
