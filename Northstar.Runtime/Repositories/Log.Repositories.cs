// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Logging;
using Northstar.Npk;

namespace Northstar.Runtime.Repositories;

/// <summary>Log records of repositories, ids 2000 to 2999. Next free: 2031.</summary>
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

    [LoggerMessage(EventId = 2006, EventName = "LoadProgress", Level = LogLevel.Information, Message = "Repository {Repository}: {Done} of {Count} files are read")]
    internal static partial void Progress(ILogger logger, string repository, int done, int count);

    [LoggerMessage(EventId = 2007, EventName = "RemovalUnwritten", Level = LogLevel.Error,
        Message = "Repository {Repository}: {Path} is removed, but may be there again after a loss of power: {Cause}")]
    internal static partial void RemovalUnwritten(ILogger logger, string repository, string path, string cause);

    [LoggerMessage(EventId = 2008, EventName = "DevelopmentKey", Level = LogLevel.Warning,
        Message = "Repository {Repository} accepts the key {Key}, which is {Name}: anybody can sign packages with it")]
    internal static partial void DevelopmentKey(ILogger logger, string repository, string key, string name);

    [LoggerMessage(EventId = 2009, EventName = "RevocationsRead", Level = LogLevel.Information,
        Message = "Repository {Repository}: {Keys} keys and {Packages} packages are revoked")]
    internal static partial void Revocations(ILogger logger, string repository, int keys, int packages);

    [LoggerMessage(EventId = 2010, EventName = "RevocationsUnread", Level = LogLevel.Error,
        Message = "Repository {Repository}: what was revoked before stays so, and nothing else: {Cause}")]
    internal static partial void RevocationsUnread(ILogger logger, string repository, string cause);

    [LoggerMessage(EventId = 2011, EventName = "PackageRevoked", Level = LogLevel.Error,
        Message = "{Container} of repository {Repository} is revoked, policy {Policy}: {Cause}")]
    internal static partial void Revoked(ILogger logger, ContainerId container, string repository, RevocationPolicy policy, string cause);

    [LoggerMessage(EventId = 2012, EventName = "FloorRaised", Level = LogLevel.Information,
        Message = "Repository {Repository}: no version of {Name} below {Version} is used from now on")]
    internal static partial void FloorRaised(ILogger logger, string repository, ContainerName name, PackageVersion version);

    [LoggerMessage(EventId = 2013, EventName = "FloorLost", Level = LogLevel.Warning,
        Message = "The learnt lowest versions in {Path} are lost and will be learnt anew: {Cause}")]
    internal static partial void FloorLost(ILogger logger, string path, string cause);

    [LoggerMessage(EventId = 2014, EventName = "StateUnwritten", Level = LogLevel.Error,
        Message = "{Path} cannot be written; what it should hold is lost when the runtime ends: {Cause}")]
    internal static partial void StateUnwritten(ILogger logger, string path, string cause);

    [LoggerMessage(EventId = 2015, EventName = "DataClaimed", Level = LogLevel.Information,
        Message = "The data in {Path} is that of {Container} of repository {Repository} from now on")]
    internal static partial void DataClaimed(ILogger logger, ContainerId container, string repository, string path);

    [LoggerMessage(EventId = 2016, EventName = "OwnersLost", Level = LogLevel.Warning,
        Message = "Whose the persistent data is was lost from {Path}; whoever uses it next owns it: {Cause}")]
    internal static partial void OwnersLost(ILogger logger, string path, string cause);

    [LoggerMessage(EventId = 2017, EventName = "DataKept", Level = LogLevel.Warning,
        Message = "The data of {Container} is not wiped: it is that of a container of repository {Repository}")]
    internal static partial void DataKept(ILogger logger, ContainerId container, string repository);

    [LoggerMessage(EventId = 2018, EventName = "MountedOnStart", Level = LogLevel.Information,
        Message = "{Done} of {Count} containers are mounted at the start, after {Duration}")]
    internal static partial void MountedOnStart(ILogger logger, int done, int count, TimeSpan duration);

    [LoggerMessage(EventId = 2019, EventName = "RevocationsUnwatched", Level = LogLevel.Error,
        Message = "Changes of {Path} will not be noticed before the next start: {Cause}")]
    internal static partial void RevocationsUnwatched(ILogger logger, string path, string cause);

    [LoggerMessage(EventId = 2020, EventName = "KeyListRead", Level = LogLevel.Information,
        Message = "Repository {Repository}: the list of keys {Serial} is in force, with {Keys} keys")]
    internal static partial void KeyListRead(ILogger logger, string repository, long serial, int keys);

    [LoggerMessage(EventId = 2021, EventName = "KeyListUnread", Level = LogLevel.Error,
        Message = "Repository {Repository}: the list of keys before stays in force: {Cause}")]
    internal static partial void KeyListUnread(ILogger logger, string repository, string cause);

    [LoggerMessage(EventId = 2022, EventName = "KeySerialsLost", Level = LogLevel.Warning,
        Message = "Which lists of keys were used was lost from {Path}; an old one would be taken now: {Cause}")]
    internal static partial void SerialsLost(ILogger logger, string path, string cause);

    [LoggerMessage(EventId = 2023, EventName = "KeyExpired", Level = LogLevel.Warning,
        Message = "Repository {Repository}: the key {Key} has expired; packages of it are installed no more")]
    internal static partial void KeyExpired(ILogger logger, string repository, string key);

    [LoggerMessage(EventId = 2024, EventName = "NamePinned", Level = LogLevel.Information,
        Message = "Repository {Repository}: {Name} is pinned to the key {Key} from now on")]
    internal static partial void NamePinned(ILogger logger, string repository, ContainerName name, string key);

    [LoggerMessage(EventId = 2025, EventName = "PinsLost", Level = LogLevel.Warning,
        Message = "The keys that names are pinned to were lost from {Path}; the packages that are there pin their names anew: {Cause}")]
    internal static partial void PinsLost(ILogger logger, string path, string cause);

    [LoggerMessage(EventId = 2026, EventName = "FloorSet", Level = LogLevel.Warning,
        Message = "Repository {Repository}: an operator made {Version} the lowest version of {Name}")]
    internal static partial void FloorSet(ILogger logger, string repository, ContainerName name, PackageVersion version);
}
