// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net.Sockets;
using System.Threading.Channels;

namespace Northstar.Api;

/// <summary>A client of a Northstar console.</summary>
/// <remarks>
/// All members are thread safe. Requests of several threads are sent in the order of their calls and answered in that order. Every request
/// throws <see cref="ApiException"/> when the runtime refuses it or the connection ends, and <see cref="ObjectDisposedException"/> after the
/// client was disposed. Cancelling a request stops the wait for its response; the runtime may carry it out all the same.
/// </remarks>
public sealed partial class NorthstarClient : IAsyncDisposable
{
    private readonly ClientConnection _connection;

    private NorthstarClient(ClientConnection connection) => _connection = connection;

    /// <summary>Connects to a console by its address.</summary>
    /// <param name="address">The address.</param>
    /// <param name="options">The options, or null for the defaults.</param>
    /// <param name="cancellationToken">Stops connecting.</param>
    /// <exception cref="ApiException">The console cannot be reached in time, or refuses the connection.</exception>
    public static async Task<NorthstarClient> ConnectAsync(
        ConsoleAddress address, NorthstarClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        options ??= new NorthstarClientOptions();
        Socket socket = await ConsoleConnector.ConnectAsync(address, options.ConnectTimeout, cancellationToken).ConfigureAwait(false);
        return await ConnectAsync(socket, options, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Connects over a connected socket.</summary>
    /// <param name="socket">The socket. The client owns it from now on, also when this fails.</param>
    /// <param name="options">The options, or null for the defaults.</param>
    /// <param name="cancellationToken">Stops connecting.</param>
    /// <exception cref="ApiException">The runtime refuses the connection or does not answer in time.</exception>
    public static Task<NorthstarClient> ConnectAsync(
        Socket socket, NorthstarClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return ConnectAsync(new NetworkStream(socket, ownsSocket: true), options, cancellationToken);
    }

    /// <summary>Connects over a stream in both directions, for instance one with TLS.</summary>
    /// <param name="stream">The stream. Reading and writing at the same time must be possible; the client owns it from now on, also when this fails.</param>
    /// <param name="options">The options, or null for the defaults.</param>
    /// <param name="cancellationToken">Stops connecting.</param>
    /// <exception cref="ApiException">The runtime refuses the connection or does not answer in time.</exception>
    public static async Task<NorthstarClient> ConnectAsync(
        Stream stream, NorthstarClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        options ??= new NorthstarClientOptions();
        var connection = new ClientConnection(stream, options);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.HandshakeTimeout);
        try
        {
            await connection.HandshakeAsync(limit.Token).ConfigureAwait(false);
            return new NorthstarClient(connection);
        }
        catch (Exception e)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw e switch
            {
                OperationCanceledException when !cancellationToken.IsCancellationRequested => new ApiException(
                    ApiFailure.Connect, $"connect: the runtime did not answer within {options.HandshakeTimeout.TotalSeconds} s", e),
                IOException or SocketException => ApiException.Closed($"the handshake failed: {e.Message}", e),
                _ => e,
            };
        }
    }

    /// <summary>Connects a program in a container over the descriptor that it inherited (variable <c>NORTHSTAR_CONSOLE</c>).</summary>
    /// <remarks>There is one connection for the life of the container: once it is closed, the container has no console until its next start.</remarks>
    /// <param name="options">The options, or null for the defaults.</param>
    /// <param name="cancellationToken">Stops connecting.</param>
    /// <exception cref="ApiException">The variable is missing or names no socket, or the runtime refuses the connection.</exception>
    public static Task<NorthstarClient> ConnectFromEnvironmentAsync(
        NorthstarClientOptions? options = null, CancellationToken cancellationToken = default) =>
        ConnectAsync(
            ConsoleConnector.FromDescriptor(Environment.GetEnvironmentVariable(ConsoleConnector.EnvironmentVariable)), options, cancellationToken);

    /// <summary>Sends any request and returns whatever the runtime answers, errors and denied permissions included.</summary>
    /// <param name="request">The request; an install goes through <see cref="InstallAsync(Stream, long, string, IProgress{long}?, CancellationToken)"/>.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="ApiException">The connection ended.</exception>
    public Task<Response> SendAsync(Request request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request is Request.Install
            ? throw new ArgumentException("an install is followed by the package: use InstallAsync", nameof(request))
            : _connection.SendAsync(request, cancellationToken);
    }

    /// <summary>Reads notifications as they come, until the connection ends. Several readers share them.</summary>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="InvalidOperationException">The client did not subscribe.</exception>
    /// <exception cref="ApiException">More notifications came than the buffer holds, or the runtime broke the protocol.</exception>
    public IAsyncEnumerable<Notification> ReadNotificationsAsync(CancellationToken cancellationToken = default)
    {
        ChannelReader<Notification> notifications = _connection.Notifications
            ?? throw new InvalidOperationException("the client did not subscribe: set NorthstarClientOptions.SubscribeNotifications");
        return notifications.ReadAllAsync(cancellationToken);
    }

    /// <summary>Closes the connection. Requests that still wait fail.</summary>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
