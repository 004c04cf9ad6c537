// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Northstar.Npk;
using Northstar.Runtime.Engine;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Console;

/// <summary>Serves the console to external clients, to containers and to clients in the same process.</summary>
internal sealed class ConsoleServer : IAsyncDisposable
{
    private static readonly TimeSpan s_handshakeLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_acceptPause = TimeSpan.FromMilliseconds(100);

    private readonly ConsoleOptions _options;
    private readonly ConsoleContext _context;
    private readonly CancellationTokenSource _stopListening = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, bool> _clients = new();
    private readonly ConcurrentDictionary<Task, bool> _others = new();
    private ConsoleListener? _listener;
    private Task _accepting = Task.CompletedTask;

    internal ConsoleServer(IRuntimeRequests engine, ConsoleOptions options, ILoggerFactory loggers, TimeProvider? time = null)
    {
        _options = options;
        _context = new ConsoleContext(engine, time ?? TimeProvider.System, loggers.CreateLogger("Northstar.Console"));
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

        _listener = await ConsoleListener.BindAsync(options, _stopListening.Token).ConfigureAwait(false);
        Log.Listening(_context.Logger, _listener.Address);
        if (_listener.IsRemote)
        {
            Log.Remote(_context.Logger, _listener.Address);
        }

        ConsoleListener listener = _listener;
        _accepting = Task.Factory.StartNew(
            () => Accept(listener, options), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Serves the console of a container until that ends. Takes over the socket; notifications count from now on.</summary>
    internal void ServeContainer(Socket socket, ContainerId id, Permissions permissions, CancellationToken ended)
    {
        var peer = new ConsolePeer(id, id.ToString(), permissions, _options.Limits, HandshakeLimit: null);
        Run(new ConsoleConnection(_context, socket, peer, _stop.Token, ended), _others);
    }

    /// <summary>Serves a client in the same process, which lives until <see cref="DisposeAsync"/>. Takes over the socket; returns when the connection ended.</summary>
    internal Task ServeAsync(Socket socket, Permissions permissions)
    {
        ConsoleLimits limits = _options.Global?.Limits ?? _options.Limits;
        var peer = new ConsolePeer(ConsolePeer.Extern, "in process", permissions, limits, HandshakeLimit: null);
        return Run(new ConsoleConnection(_context, socket, peer, _stop.Token), _others);
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
    }

    /// <summary>Accepts clients until the end. Runs on a thread of its own, see <see cref="ConsoleListener.Accept"/>.</summary>
    private void Accept(ConsoleListener listener, GlobalConsoleOptions options)
    {
        bool isFailing = false;
        while (!_stopListening.IsCancellationRequested)
        {
            try
            {
                Serve(listener.Accept(), options);
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

    private void Serve(Socket socket, GlobalConsoleOptions options)
    {
        try
        {
            if (socket.AddressFamily != AddressFamily.Unix)
            {
                socket.NoDelay = true;
            }

            var peer = new ConsolePeer(ConsolePeer.Extern, Describe(socket), options.Permissions, options.Limits, s_handshakeLimit);
            Run(new ConsoleConnection(_context, socket, peer, _stopListening.Token), _clients);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Names a peer. The path that a Unix peer may have bound its end to is never looked at.</summary>
    private static string Describe(Socket socket)
    {
        if (socket.AddressFamily != AddressFamily.Unix)
        {
            return $"tcp {socket.RemoteEndPoint}";
        }

        // struct ucred: pid, uid, gid (unix(7)).
        Span<int> credentials = stackalloc int[3];
        socket.GetRawSocketOption(Sys.SOL_SOCKET, Sys.SO_PEERCRED, MemoryMarshal.AsBytes(credentials));
        return string.Create(CultureInfo.InvariantCulture, $"pid {credentials[0]} uid {credentials[1]}");
    }

    /// <summary>Runs a connection on the thread pool: whoever hands it over is not held up.</summary>
    private static Task Run(ConsoleConnection connection, ConcurrentDictionary<Task, bool> connections)
    {
        Task task = Task.Run(connection.RunAsync);
        connections.TryAdd(task, true);
        _ = task.ContinueWith(
            static (t, all) => ((ConcurrentDictionary<Task, bool>)all!).TryRemove(t, out _),
            connections, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return task;
    }
}
