// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Logging;
using Northstar.Npk;

namespace Northstar.Runtime.Console;

/// <summary>Log records of the console, ids 5000 to 5999. Next free: 5018.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 5000, EventName = "ConsoleListening", Level = LogLevel.Information, Message = "Console listens on {Address}")]
    internal static partial void Listening(ILogger logger, string address);

    [LoggerMessage(EventId = 5001, EventName = "ConsoleRemote", Level = LogLevel.Warning,
        Message = "Console on {Address} can be reached from other machines, without encryption and without authentication; console.global.tls has both")]
    internal static partial void Remote(ILogger logger, string address);

    [LoggerMessage(EventId = 5002, EventName = "ClientConnected", Level = LogLevel.Information,
        Message = "Client {Peer} connected with permissions {Permissions}")]
    internal static partial void ClientConnected(ILogger logger, string peer, Permissions permissions);

    [LoggerMessage(EventId = 5003, EventName = "ContainerConsoleConnected", Level = LogLevel.Information,
        Message = "Container {Container} connected to its console with permissions {Permissions}")]
    internal static partial void ContainerConnected(ILogger logger, ContainerId container, Permissions permissions);

    [LoggerMessage(EventId = 5004, EventName = "ClientClosed", Level = LogLevel.Debug, Message = "Connection of {Peer} ended: {Reason}")]
    internal static partial void Closed(ILogger logger, string peer, string reason);

    [LoggerMessage(EventId = 5006, EventName = "AcceptFailed", Level = LogLevel.Warning,
        Message = "Console on {Address} cannot accept a connection: {Cause}; trying on")]
    internal static partial void AcceptFailed(ILogger logger, string address, string cause);

    [LoggerMessage(EventId = 5007, EventName = "RequestFault", Level = LogLevel.Error, Message = "A fault in a request of {Peer} was contained")]
    internal static partial void RequestFault(ILogger logger, string peer, Exception exception);

    [LoggerMessage(EventId = 5008, EventName = "SocketFileLeft", Level = LogLevel.Warning, Message = "The socket file {Path} stays: {Cause}")]
    internal static partial void SocketFileLeft(ILogger logger, string path, string cause);

    [LoggerMessage(EventId = 5016, EventName = "CertificateRead", Level = LogLevel.Information, Message = "Console uses the changed certificate {Path}")]
    internal static partial void CertificateRead(ILogger logger, string path);

    [LoggerMessage(EventId = 5017, EventName = "CertificateUnreadable", Level = LogLevel.Error,
        Message = "Console keeps the certificate it had, the changed one in {Path} is of no use: {Cause}")]
    internal static partial void CertificateUnreadable(ILogger logger, string path, string cause);
}
