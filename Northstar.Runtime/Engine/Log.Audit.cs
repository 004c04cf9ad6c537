// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Logging;

namespace Northstar.Runtime.Engine;

/// <content>About the audit log itself.</content>
internal static partial class Log
{
    [LoggerMessage(EventId = 1023, EventName = "AuditUnwritten", Level = LogLevel.Error,
        Message = "Records are missing in the audit file {Path}, until there is room or it can be made again: {Cause}")]
    internal static partial void AuditUnwritten(ILogger logger, string path, string cause);
}
