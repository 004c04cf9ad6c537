// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Logging;
using Northstar.Npk;

namespace Northstar.Runtime.Containers;

/// <summary>Log records of launches, ids 4000 to 4999. Next free: 4003.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 4000, EventName = "ContainerOutput", Level = LogLevel.Debug, Message = "{Container}: {Line}")]
    internal static partial void Output(ILogger logger, ContainerId container, string line);

    [LoggerMessage(EventId = 4001, EventName = "MissingBind", Level = LogLevel.Warning,
        Message = "{Container}: the bind mount {Target} is left out, the host has no {Path}")]
    internal static partial void MissingBind(ILogger logger, ContainerId container, string target, string path);

    [LoggerMessage(EventId = 4002, EventName = "CgroupSetting", Level = LogLevel.Warning, Message = "{Container}: {Cause}")]
    internal static partial void CgroupSetting(ILogger logger, ContainerId container, string cause);
}
