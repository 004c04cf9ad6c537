// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Collections.Concurrent;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using Northstar.Npk;
using Northstar.Runtime.Engine;

namespace Northstar.Runtime.Console;

/// <summary>Serves the console to external clients, to containers and to clients in the same process.</summary>
internal sealed class ConsoleServer : IAsyncDisposable
{
    private const string NoRule = "no rule of console.global.policy fits it";

    private static readonly TimeSpan s_acceptPause = TimeSpan.FromMilliseconds(100);

    private readonly ConsoleOptions _options;
    private readonly ConsoleContext _context;
    private readonly Func<int, bool?>? _isManaged;
    private readonly CancellationTokenSource _stopListening = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, bool> _clients = new();
    private readonly ConcurrentDictionary<Task, bool> _others = new();
    private ConsoleListener? _listener;
    private Task _accepting = Task.CompletedTask;

    /// <summary>Makes a server.</summary>
    /// <param name="engine">What serves the requests.</param>
    /// <param name="options">The configuration.</param>
    /// <param name="loggers">Where records go.</param>
    /// <param name="time">The clock.</param>
    /// <param name="isManaged">Tells whether a process is in a container; null when it cannot tell.</param>
    internal ConsoleServer(
        IRuntimeRequests engine, ConsoleOptions options, ILoggerFactory loggers, TimeProvider? time = null, Func<int, bool?>? isManaged = null)
    {
        _options = options;
        _isManaged = isManaged;
        time ??= TimeProvider.System;
        var audit = new ConsoleAudit(loggers.CreateLogger(ConsoleAudit.LogCategory), time);
        audit.Observe(engine.Notifications);
        _context = new ConsoleContext(engine, time, loggers.CreateLogger("Northstar.Console"), audit, options);
    }

    /// <summary>Gets the address of the listener, or null when there is none.</summary>
    internal string? Address => _listener?.Address;

    /// <summary>Begins to accept external clients, if a listener is configured. Connections are served at once; the engine may still be starting.</summary>
    /// <exception cref="RuntimeException">The address is malformed, not allowed or in use.</exception>
    internal async Task StartListeningAsync()
    {
        if (_options.Global is not { } options)
        {
            return;
        }

        var listening = new Listening(
            options, ConsolePolicy.Create(options), options.Tls is { } tls ? ConsoleTls.Create(tls, _context.Logger) : null,
            new ConsoleAdmission(options.MaxConnections, options.MaxConnectionsPerUid),
            options.MaxTotalRequestsPerSecond > 0 ? new RateLimit(options.MaxTotalRequestsPerSecond, _context.Time) : null,
            options.MaxInstalls > 0 ? new SemaphoreSlim((int)Math.Min(options.MaxInstalls, int.MaxValue)) : null);
        _listener = await ConsoleListener.BindAsync(options, _stopListening.Token).ConfigureAwait(false);
        Log.Listening(_context.Logger, _listener.Address);
        if (_listener.IsRemote && listening.Tls is null)
        {
            Log.Remote(_context.Logger, _listener.Address);
        }

        ConsoleListener listener = _listener;
        _accepting = Task.Factory.StartNew(
            () => Accept(listener, listening), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Serves the console of a container until that ends. Takes over the socket; notifications count from now on.</summary>
    internal void ServeContainer(Socket socket, ContainerId id, Permissions permissions, ConsolePolicyRule? scope, CancellationToken ended)
    {
        var peer = new ConsolePeer(id, id.ToString(), permissions, _options.Limits, HandshakeLimit: null)
        {
            Scope = scope is null ? ConsoleScope.All : ConsoleScope.Of(scope),
        };
        Run(new ConsoleConnection(_context, new NetworkStream(socket, ownsSocket: true), peer, _stop.Token, ended).RunAsync, _others);
    }

    /// <summary>Serves a client in the same process, which lives until <see cref="DisposeAsync"/>. Takes over the socket; returns when the connection ended.</summary>
    internal Task ServeAsync(Socket socket, Permissions permissions)
    {
        ConsoleLimits limits = _options.Global?.Limits ?? _options.Limits;
        var peer = new ConsolePeer(ConsolePeer.Extern, "in process", permissions, limits, HandshakeLimit: null);
        return Run(new ConsoleConnection(_context, new NetworkStream(socket, ownsSocket: true), peer, _stop.Token).RunAsync, _others);
    }

    /// <summary>Stops accepting, ends the connections of the listener and answers no further requests on others. Waits for no peer.</summary>
    internal async Task StopListeningAsync()
    {
        _context.IsStopping = true;
        await _stopListening.CancelAsync().ConfigureAwait(false);
        _listener?.Wake();
        await _accepting.ConfigureAwait(false);
        await Task.WhenAll(_clients.Keys).ConfigureAwait(false);
        try
        {
            _listener?.Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.SocketFileLeft(_context.Logger, _listener!.Path!, e.Message);
        }

        _listener = null;
    }

    /// <summary>Ends every connection and removes the socket file.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopListeningAsync().ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_others.Keys).ConfigureAwait(false);
        _context.Tokens.Forget();
    }

    /// <summary>Accepts clients until the end. Runs on a thread of its own, see <see cref="ConsoleListener.Accept"/>.</summary>
    private void Accept(ConsoleListener listener, Listening listening)
    {
        bool isFailing = false;
        while (!_stopListening.IsCancellationRequested)
        {
            try
            {
                Serve(listener.Accept(), listening);
                isFailing = false;
            }
            catch (Exception e) when (!_stopListening.IsCancellationRequested)
            {
                // No free descriptor, for example: it passes. One record is enough until it does.
                if (!isFailing)
                {
                    Log.AcceptFailed(_context.Logger, listener.Address, e.Message);
                }

                isFailing = true;
                _stopListening.Token.WaitHandle.WaitOne(s_acceptPause);
            }
            catch (LinuxException)
            {
                // Woken to end.
            }
        }
    }

    /// <summary>Looks at who has connected, and serves that peer or closes at once.</summary>
    private void Serve(Socket socket, Listening listening)
    {
        PeerFacts? peer = null;
        bool isIn = false;
        try
        {
            if (socket.AddressFamily != AddressFamily.Unix)
            {
                socket.NoDelay = true;
            }

            peer = PeerFacts.Of(socket);
            string? refusal = listening.Admission.TryEnter(peer.Uid);
            isIn = refusal is null;
            refusal ??= WhyNotFromAContainer(socket, peer);
            ConsoleGrant? grant = refusal is null && listening.Tls is null ? listening.Policy.Find(peer) : null;
            if (refusal is null && grant is null && listening.Tls is null)
            {
                refusal = NoRule;
            }

            if (refusal is not null)
            {
                _context.Audit.Refused(peer.Name, refusal);
                Close();
                return;
            }

            uint? uid = peer.Uid;
            Run(
                grant is null ? ServeTlsAsync(socket, peer, listening) : Connection(new NetworkStream(socket, ownsSocket: true), peer, grant, listening).RunAsync,
                _clients, () => listening.Admission.Leave(uid));
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            // It is gone already. Nothing is wrong with the listener, which goes on at once.
            Log.Closed(_context.Logger, peer?.Name ?? "a peer", e.Message);
            Close();
        }
        catch
        {
            Close();
            throw;
        }

        void Close()
        {
            socket.Dispose();
            if (isIn)
            {
                listening.Admission.Leave(peer!.Uid);
            }
        }
    }

    private ConsoleConnection Connection(Stream stream, PeerFacts peer, ConsoleGrant grant, Listening listening)
    {
        var who = new ConsolePeer(ConsolePeer.Extern, peer.Name, grant.Permissions, listening.Options.Limits, listening.Options.HandshakeTimeout)
        {
            Scope = grant.Scope,
            SharedRate = listening.Rate,
            Installs = listening.Installs,
        };
        return new ConsoleConnection(_context, stream, who, _stopListening.Token);
    }

    /// <summary>Authenticates a client, within the time of a handshake, and serves it.</summary>
    private Func<Task> ServeTlsAsync(Socket socket, PeerFacts peer, Listening listening) => async () =>
    {
        SslStream stream;
        using (var limit = CancellationTokenSource.CreateLinkedTokenSource(_stopListening.Token))
        using (ITimer timer = _context.Time.CreateTimer(static l => ((CancellationTokenSource)l!).Cancel(), limit, listening.Options.HandshakeTimeout, Timeout.InfiniteTimeSpan))
        {
            try
            {
                stream = await listening.Tls!.AuthenticateAsync(new NetworkStream(socket, ownsSocket: true), limit.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is AuthenticationException or IOException or OperationCanceledException or SocketException or ObjectDisposedException)
            {
                _context.Audit.AuthenticationFailed(peer.Name, e is OperationCanceledException ? "the handshake took too long" : e.Message);
                return;
            }
        }

        peer = stream.RemoteCertificate is { } certificate ? peer.With(certificate) : peer;
        if (listening.Policy.Find(peer) is not { } grant)
        {
            _context.Audit.Refused(peer.Name, NoRule);
            await stream.DisposeAsync().ConfigureAwait(false);
            return;
        }

        await Connection(stream, peer, grant, listening).RunAsync().ConfigureAwait(false);
    };

    /// <summary>
    /// A container that reaches the socket of the listener, through a bind mount for example, has no business there: its own console is another one. The process
    /// may be gone, and then nobody knows; so a pidfd of the peer has to agree, where the kernel has it (Linux 6.5, SO_PEERPIDFD).
    /// </summary>
    private string? WhyNotFromAContainer(Socket socket, PeerFacts peer)
    {
        // Pid 0: a process outside of this PID namespace, while those of containers are inside.
        if (_isManaged is null || peer.Pid is null or 0)
        {
            return null;
        }

        bool? isManaged = _isManaged(peer.Pid.Value);
        return isManaged == true ? "it is in a container; containers have a console of their own"
            : isManaged is null || PeerProcess.IsGone(socket) ? "its process is gone, so that nobody knows whether it was in a container"
            : null;
    }

    /// <summary>Runs a connection on the thread pool: whoever hands it over is not held up.</summary>
    private static Task Run(Func<Task> connection, ConcurrentDictionary<Task, bool> connections, Action? ended = null)
    {
        Task task = Task.Run(connection);
        connections.TryAdd(task, true);
        _ = task.ContinueWith(
            t =>
            {
                connections.TryRemove(t, out _);
                ended?.Invoke();
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return task;
    }

    /// <summary>What all connections of the listener share.</summary>
    private sealed record Listening(GlobalConsoleOptions Options, ConsolePolicy Policy, ConsoleTls? Tls, ConsoleAdmission Admission, RateLimit? Rate, SemaphoreSlim? Installs);
}
