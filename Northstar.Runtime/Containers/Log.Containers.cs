// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Logging;
using Northstar.Npk;
using Northstar.Runtime.Launch;

namespace Northstar.Runtime.Containers;

/// <summary>Log records of launches, ids 4000 to 4999. Next free: 4010.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 4000, EventName = "ContainerOutput", Level = LogLevel.Debug, Message = "{Container}: {Line}")]
    internal static partial void Output(ILogger logger, ContainerId container, string line);

    [LoggerMessage(EventId = 4001, EventName = "MissingBind", Level = LogLevel.Warning,
        Message = "{Container}: the bind mount {Target} is left out, the host has no {Path}")]
    internal static partial void MissingBind(ILogger logger, ContainerId container, string target, string path);

    [LoggerMessage(EventId = 4002, EventName = "CgroupSetting", Level = LogLevel.Warning, Message = "{Container}: {Cause}")]
    internal static partial void CgroupSetting(ILogger logger, ContainerId container, string cause);

    [LoggerMessage(EventId = 4003, EventName = "ToolOutput", Level = LogLevel.Debug, Message = "{Container}: {Line}")]
    internal static partial void ToolOutput(ILogger logger, ContainerId container, string line);

    [LoggerMessage(EventId = 4004, EventName = "ToolEnded", Level = LogLevel.Warning, Message = "{Container}: the debug tool {Program} ended with {Status}")]
    internal static partial void ToolEnded(ILogger logger, ContainerId container, string program, ContainerExit status);

    [LoggerMessage(EventId = 4005, EventName = "ToolKilled", Level = LogLevel.Warning,
        Message = "{Container}: the debug tool {Program} did not end with the container and was killed")]
    internal static partial void ToolKilled(ILogger logger, ContainerId container, string program);

    [LoggerMessage(EventId = 4006, EventName = "ToolFileFailed", Level = LogLevel.Warning, Message = "{Container}: write {Path}: {Cause}; the rest is lost")]
    internal static partial void ToolFileFailed(ILogger logger, ContainerId container, string path, string cause);

    [LoggerMessage(EventId = 4007, EventName = "OutputLeftOut", Level = LogLevel.Warning,
        Message = "{Container}: too much output, {Count} lines are left out")]
    internal static partial void OutputLeftOut(ILogger logger, ContainerId container, long count);

    [LoggerMessage(EventId = 4008, EventName = "GivingDataTo", Level = LogLevel.Warning,
        Message = "{Container}: {Path} and what lies in it is given to {Uid}:{Gid}, since the kernel cannot show it as theirs: {Cause}")]
    internal static partial void GivingDataTo(ILogger logger, ContainerId container, string path, uint uid, uint gid, string cause);

    [LoggerMessage(EventId = 4009, EventName = "NoRealtimeThrottling", Level = LogLevel.Warning,
        Message = "{Container}: its real-time program may keep a processor from everything else: {Cause}")]
    internal static partial void NoRealtimeThrottling(ILogger logger, ContainerId container, string cause);
}
