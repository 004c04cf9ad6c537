// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Northstar.Api;

/// <summary>A client of a Northstar console.</summary>
/// <remarks>
/// All members are thread safe. Requests of several threads are sent in the order of their calls and answered in that order. Every request
/// throws <see cref="ApiException"/> when the runtime refuses it or the connection ends, and <see cref="ObjectDisposedException"/> after the
/// client was disposed. Cancelling a request stops the wait for its response; the runtime may carry it out all the same.
/// </remarks>
public sealed partial class NorthstarClient : IAsyncDisposable
{
    private readonly ConnectionKeeper _keeper;
    private readonly bool _subscribed;
    private readonly int _outputBufferBytes;
    private int _disposed;

    private NorthstarClient(ConnectionKeeper keeper, NorthstarClientOptions options) =>
        (_keeper, _subscribed, _outputBufferBytes) = (keeper, options.SubscribeNotifications, options.OutputBufferBytes);

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
        if (options.Tls is not null && address is not ConsoleAddress.Tcp)
        {
            throw new ArgumentException($"TLS is for addresses with tcp://, not {address}", nameof(options));
        }

        ClientConnection first = options.Reconnect is { IncludeFirst: true } reconnect
            ? await ConnectionKeeper.ConnectAsync(OpenAsync, reconnect, cancellationToken).ConfigureAwait(false)
            : await OpenAsync(cancellationToken).ConfigureAwait(false);
        return new NorthstarClient(new ConnectionKeeper(first, OpenAsync, options.Reconnect), options);

        async Task<ClientConnection> OpenAsync(CancellationToken cancellation)
        {
            Stream stream = await ConsoleConnector.ConnectAsync(address, options.ConnectTimeout, options.Tls, cancellation).ConfigureAwait(false);
            return await OpenOverAsync(stream, options, cancellation).ConfigureAwait(false);
        }
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
        if (options.Reconnect is not null || options.Tls is not null)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw new ArgumentException("connecting again and TLS need an address", nameof(options));
        }

        ClientConnection connection = await OpenOverAsync(stream, options, cancellationToken).ConfigureAwait(false);
        return new NorthstarClient(new ConnectionKeeper(connection, connect: null, options: null), options);
    }

    private static async Task<ClientConnection> OpenOverAsync(Stream stream, NorthstarClientOptions options, CancellationToken cancellationToken)
    {
        var connection = new ClientConnection(stream, options);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.HandshakeTimeout);
        try
        {
            await connection.HandshakeAsync(limit.Token).ConfigureAwait(false);
            return connection;
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
            : OnConnectionAsync(connection => connection.TrySendAsync(request, cancellationToken), cancellationToken);
    }

    /// <summary>
    /// Reads notifications as they come, until the connection ends. Several readers share them. With <see cref="ReconnectOptions"/> the next
    /// enumeration reads those of the next connection, and waits for it if need be.
    /// </summary>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="InvalidOperationException">The client did not subscribe.</exception>
    /// <exception cref="ApiException">More notifications came than the buffer holds, the runtime broke the protocol, or the client gave up.</exception>
    public IAsyncEnumerable<Notification> ReadNotificationsAsync(CancellationToken cancellationToken = default)
    {
        return _subscribed
            ? ReadAsync(cancellationToken)
            : throw new InvalidOperationException("the client did not subscribe: set NorthstarClientOptions.SubscribeNotifications");

        async IAsyncEnumerable<Notification> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
        {
            ClientConnection connection = await _keeper.GetToReadAsync(cancellation).ConfigureAwait(false);
            await foreach (Notification notification in connection.Notifications!.ReadAllAsync(cancellation).ConfigureAwait(false))
            {
                yield return notification;
            }
        }
    }

    /// <summary>Closes the connection. Requests that still wait fail.</summary>
    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _disposed, 1) == 0 ? _keeper.DisposeAsync() : ValueTask.CompletedTask;

    /// <summary>Sends over the connection, or over the next one if it had ended before anything was sent.</summary>
    private async Task<Response> OnConnectionAsync(Func<ClientConnection, Task<Response?>> trySend, CancellationToken cancellationToken)
    {
        while (true)
        {
            ObjectDisposedException.ThrowIf(_disposed != 0, typeof(NorthstarClient));
            ClientConnection connection = (await _keeper.GetAsync(cancellationToken).ConfigureAwait(false)).Connection;
            if (await trySend(connection).ConfigureAwait(false) is { } response)
            {
                return response;
            }

            ObjectDisposedException.ThrowIf(_disposed != 0, typeof(NorthstarClient));
            ApiException cause = await connection.Ended.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (!_keeper.Reconnects)
            {
                throw ApiException.Closed("a request cannot be sent any more", cause);
            }
        }
    }
}
