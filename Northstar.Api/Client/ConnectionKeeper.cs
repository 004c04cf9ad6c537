// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics.CodeAnalysis;

namespace Northstar.Api;

/// <summary>Holds the connection of a client, and gets another one when it ends if the options say so.</summary>
internal sealed class ConnectionKeeper : IAsyncDisposable
{
    private readonly Func<CancellationToken, Task<ClientConnection>>? _connect;
    private readonly ReconnectOptions? _options;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _keeping;
    private volatile Link _current;
    private volatile Link _read;

    /// <summary>Keeps a connection.</summary>
    /// <param name="connection">The first one.</param>
    /// <param name="connect">Makes another one; null when that is impossible.</param>
    /// <param name="options">How; null for never.</param>
    internal ConnectionKeeper(ClientConnection connection, Func<CancellationToken, Task<ClientConnection>>? connect, ReconnectOptions? options)
    {
        _connect = connect;
        _options = options;
        _current = _read = new Link(connection);
        _keeping = connect is null || options is null ? Task.CompletedTask : Task.Run(KeepAsync);
    }

    /// <summary>Gets the connection in use, or the last one.</summary>
    internal Link Current => _current;

    /// <summary>Gets a value indicating whether a connection that ended is followed by another.</summary>
    internal bool Reconnects => _options is not null;

    /// <summary>Returns a connection that has not ended; without reconnecting the only one.</summary>
    /// <exception cref="ApiException">The client gave up.</exception>
    internal async ValueTask<Link> GetAsync(CancellationToken cancellationToken)
    {
        Link link = _current;
        while (Reconnects && link.Connection.Ended.IsCompleted)
        {
            link = await link.NextAsync(cancellationToken).ConfigureAwait(false);
        }

        return link;
    }

    /// <summary>Returns the connection whose notifications are to be read: the oldest one that has any or may get some.</summary>
    /// <exception cref="ApiException">The client gave up.</exception>
    internal async ValueTask<ClientConnection> GetToReadAsync(CancellationToken cancellationToken)
    {
        Link link = _read;
        while (Reconnects && link.Connection.Notifications!.Completion.IsCompleted)
        {
            link = await link.NextAsync(cancellationToken).ConfigureAwait(false);
            _read = link;
        }

        return link.Connection;
    }

    /// <summary>Makes a connection, as often as it takes.</summary>
    /// <exception cref="ApiException">The runtime refuses, or the time is over.</exception>
    internal static async Task<ClientConnection> ConnectAsync(
        Func<CancellationToken, Task<ClientConnection>> connect, ReconnectOptions options, CancellationToken cancellationToken)
    {
        long began = options.Time.GetTimestamp();
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                return await connect(cancellationToken).ConfigureAwait(false);
            }
            catch (ApiException e) when (e.Failure is ApiFailure.Connect or ApiFailure.ConnectionClosed)
            {
                TimeSpan delay = options.DelayBefore(attempt);
                if (options.GiveUpAfter is { } limit && options.Time.GetElapsedTime(began) + delay > limit)
                {
                    throw;
                }

                await Task.Delay(delay, options.Time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _keeping.ConfigureAwait(false);
        await _current.Connection.DisposeAsync().ConfigureAwait(false);
        _current.Fail(ApiException.Closed("the client was disposed"));
    }

    [SuppressMessage("Design", "CA1031", Justification = "Nobody awaits it: every failure has to reach those who wait for a connection.")]
    private async Task KeepAsync()
    {
        ReconnectOptions options = _options!;
        try
        {
            while (true)
            {
                Link ended = _current;
                ApiException cause = await ended.Connection.Ended.WaitAsync(_stop.Token).ConfigureAwait(false);
                options.ConnectionLost?.Invoke(cause);
                await ended.Connection.DisposeAsync().ConfigureAwait(false);
                await Task.Delay(options.DelayBefore(0), options.Time, _stop.Token).ConfigureAwait(false);
                var next = new Link(await ConnectAsync(_connect!, options, _stop.Token).ConfigureAwait(false));

                // Notifications of the connections before are dropped: perhaps nobody reads.
                _read = ended;
                _current = next;
                options.Reconnected?.Invoke();
                ended.Follow(next);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The client is being disposed.
        }
        catch (Exception e)
        {
            _current.Fail(e as ApiException ?? ApiException.Closed($"no new one could be made: {e.Message}", e));
        }
    }

    /// <summary>A connection and, later, the one after it.</summary>
    internal sealed class Link(ClientConnection connection)
    {
        private readonly TaskCompletionSource<Link> _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal ClientConnection Connection { get; } = connection;

        internal Task<Link> NextAsync(CancellationToken cancellationToken) => _next.Task.WaitAsync(cancellationToken);

        internal void Follow(Link next) => _next.TrySetResult(next);

        internal void Fail(ApiException cause)
        {
            _next.TrySetException(cause);

            // Perhaps nobody waits.
            _ = _next.Task.Exception;
        }
    }
}
