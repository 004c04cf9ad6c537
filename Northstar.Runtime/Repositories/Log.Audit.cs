// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Logging;
using Northstar.Npk;

namespace Northstar.Runtime.Repositories;

/// <content>Records of the category <c>Northstar.Audit</c>: which packages were accepted, and what they may do.</content>
internal static partial class Log
{
    [LoggerMessage(EventId = 2027, EventName = "KeyAccepted", Level = LogLevel.Information,
        Message = "Repository {Repository} accepts {Container}, which the key {Key} signed")]
    internal static partial void KeyAccepted(ILogger logger, string repository, ContainerId container, string key);

    [LoggerMessage(EventId = 2028, EventName = "KeyRefused", Level = LogLevel.Warning, Message = "Repository {Repository} refuses {Package}: {Cause}")]
    internal static partial void KeyRefused(ILogger logger, string repository, string package, string cause);

    [LoggerMessage(EventId = 2029, EventName = "PolicyGranted", Level = LogLevel.Information,
        Message = "The policy of this host grants {Container} of repository {Repository} all that it asks for, {Occasion}")]
    internal static partial void PolicyGranted(ILogger logger, ContainerId container, string repository, string occasion);

    [LoggerMessage(EventId = 2030, EventName = "PolicyRefused", Level = LogLevel.Warning,
        Message = "{Container} of repository {Repository} is refused, {Occasion}: {Cause}")]
    internal static partial void PolicyRefused(ILogger logger, ContainerId container, string repository, string occasion, string cause);
}
