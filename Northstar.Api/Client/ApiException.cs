// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Api;

/// <summary>Thrown when a console connection or a request fails. Only this library makes instances.</summary>
public class ApiException : Exception
{
    internal ApiException(ApiFailure failure, string message, Exception? innerException = null)
        : base(message, innerException) => Failure = failure;

    /// <summary>Gets what failed.</summary>
    public ApiFailure Failure { get; }

    /// <summary>Gets the error that the runtime reported; null unless <see cref="Failure"/> is <see cref="ApiFailure.Runtime"/>.</summary>
    public ApiError? Error { get; private init; }

    /// <summary>Gets the runtime's version; null unless <see cref="Failure"/> is <see cref="ApiFailure.ProtocolVersion"/>.</summary>
    public PackageVersion? RuntimeVersion { get; private init; }

    internal static ApiException FromRuntime(string operation, ApiError error) =>
        new(ApiFailure.Runtime, $"{operation}: {error.Description}") { Error = error };

    internal static ApiException FromPermission(string operation, string permission) =>
        new(ApiFailure.PermissionDenied, $"{operation}: permission denied; this connection needs '{permission}'");

    internal static ApiException FromVersion(PackageVersion runtime) =>
        new(ApiFailure.ProtocolVersion, $"connect: the runtime speaks protocol {runtime} and refuses {ProtocolVersion.Current}; use a newer client")
        {
            RuntimeVersion = runtime,
        };

    internal static ApiException NoExtension(string extension, bool asked) => new(
        ApiFailure.Extension,
        asked
            ? $"this runtime does not offer the extension '{extension}'; a newer one does"
            : $"the extension '{extension}' was not asked for: set NorthstarClientOptions.Extensions");

    internal static ApiException Closed(string cause, Exception? inner = null) =>
        new(ApiFailure.ConnectionClosed, $"console connection: closed: {cause}", inner);
}

/// <summary>Thrown when a line is no message of the console protocol, or a message is not allowed where it came.</summary>
public sealed class ProtocolException : ApiException
{
    internal ProtocolException(string message, Exception? innerException = null)
        : base(ApiFailure.Protocol, message, innerException)
    {
    }
}

/// <summary>What failed when an <see cref="ApiException"/> is thrown.</summary>
public enum ApiFailure
{
    /// <summary>The runtime answered with an error, see <see cref="ApiException.Error"/>.</summary>
    Runtime,

    /// <summary>The connection lacks the permission.</summary>
    PermissionDenied,

    /// <summary>The runtime refuses the client's protocol version, see <see cref="ApiException.RuntimeVersion"/>.</summary>
    ProtocolVersion,

    /// <summary>The connection ended, or was given up because it is out of step.</summary>
    ConnectionClosed,

    /// <summary>Notifications came faster than they were read; some are lost.</summary>
    LaggedNotifications,

    /// <summary>The peer broke the protocol.</summary>
    Protocol,

    /// <summary>The connection could not be made: address, socket, descriptor, TLS or time limit.</summary>
    Connect,

    /// <summary>The request belongs to an extension of the protocol that the runtime does not offer, or that the client did not ask for.</summary>
    Extension,
}
