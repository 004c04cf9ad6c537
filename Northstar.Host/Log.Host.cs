// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Logging;

namespace Northstar.Host;

/// <summary>Log records of the host, ids 9000 to 9999. Next free: 9003.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 9000, EventName = "HostStarted", Level = LogLevel.Information, Message = "Northstar {Version}, user {User}, configuration {Path}")]
    internal static partial void Started(ILogger logger, string version, string user, string path);

    [LoggerMessage(EventId = 9001, EventName = "ConfigurationOutdated", Level = LogLevel.Warning, Message = "{Problem}")]
    internal static partial void ConfigurationOutdated(ILogger logger, string problem);

    [LoggerMessage(EventId = 9002, EventName = "MountNamespaceIgnored", Level = LogLevel.Warning,
        Message = "--disable-mount-namespace has no effect: the runtime mounts nothing into the host's tree")]
    internal static partial void MountNamespaceIgnored(ILogger logger);
}
