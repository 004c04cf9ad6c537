// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Logging;
using Northstar.Api;
using Northstar.Npk;

namespace Northstar.Runtime.Console;

/// <content>
/// Records of the category <c>Northstar.Audit</c>: who asked for what, and what became of it. No token, no shared bytes, no argument and no environment.
/// </content>
internal static partial class Log
{
    [LoggerMessage(EventId = 5005, EventName = "PermissionDenied", Level = LogLevel.Warning,
        Message = "Denied {Peer} the request {Request} of {Target}, which needs the permission {Permission} for it")]
    internal static partial void Denied(ILogger logger, string peer, string request, string target, Permissions permission);

    [LoggerMessage(EventId = 5009, EventName = "ClientRefused", Level = LogLevel.Warning, Message = "Closed the connection of {Peer} at once: {Reason}")]
    internal static partial void Refused(ILogger logger, string peer, string reason);

    [LoggerMessage(EventId = 5010, EventName = "AuthenticationFailed", Level = LogLevel.Warning, Message = "{Peer} did not authenticate: {Reason}")]
    internal static partial void AuthenticationFailed(ILogger logger, string peer, string reason);

    [LoggerMessage(EventId = 5011, EventName = "RequestDone", Level = LogLevel.Information, Message = "{Peer} asked for {Request} of {Target}: {Outcome}")]
    internal static partial void RequestDone(ILogger logger, string peer, string request, string target, string outcome);

    [LoggerMessage(EventId = 5012, EventName = "RefusalsLeftOut", Level = LogLevel.Warning, Message = "{Count} more connections were closed at once since then")]
    internal static partial void RefusalsLeftOut(ILogger logger, long count);

    [LoggerMessage(EventId = 5013, EventName = "AuditStarted", Level = LogLevel.Information, Message = "{Container} started")]
    internal static partial void AuditStarted(ILogger logger, ContainerId container);

    [LoggerMessage(EventId = 5014, EventName = "AuditExited", Level = LogLevel.Information, Message = "{Container} ended: {Status}")]
    internal static partial void AuditExited(ILogger logger, ContainerId container, ExitStatus status);

    [LoggerMessage(EventId = 5015, EventName = "AuditCorrupted", Level = LogLevel.Error, Message = "{Container} is corrupted: {Cause}")]
    internal static partial void AuditCorrupted(ILogger logger, ContainerId container, string cause);
}
