// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.IO.Pipelines;
using System.Net.Sockets;
using Northstar.Api;
using Northstar.Runtime.Containers;
using Northstar.Runtime.Engine;

namespace Northstar.Runtime.Console;

/// <summary>
/// Serves one peer. A single loop reads, carries out and answers one request after the other; notifications go out between requests only, so that
/// an answer always comes before the notification that its request caused.
/// </summary>
internal sealed partial class ConsoleConnection
{
    private const int ReadBufferBytes = 16 * 1024;

    private static readonly ConnectAck s_ack = new();
    private static readonly ConnectAck s_extendedAck = new() { Extensions = ProtocolExtensions.All };

    private readonly ConsoleContext _context;
    private readonly ConsolePeer _peer;
    private readonly Stream _stream;
    private readonly PipeReader _reader;
    private readonly LineFramer _framer;
    private readonly RateLimit _rate;
    private readonly RequestHandler _handler;
    private readonly CancellationTokenSource _stop;
    private readonly ITimer _timer;
    private NotificationHub.Subscription? _subscription;
    private OutputFeed? _outputFeed;
    private Task<bool>? _nextNotification;
    private Task<bool>? _nextOutput;
    private Task<Message?>? _nextMessage;
    private string? _limit;
    private bool _isExpired;
    private bool _isAccepted;
    private bool _hasExtensions;

    /// <summary>Makes a connection, which owns the stream. It collects notifications from now on.</summary>
    internal ConsoleConnection(ConsoleContext context, Stream stream, ConsolePeer peer, CancellationToken stop, CancellationToken ended = default)
    {
        _context = context;
        _peer = peer;
        _stream = stream;
        _reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: ReadBufferBytes, leaveOpen: true, useZeroByteReads: true));
        _framer = new LineFramer(_reader, (long)Math.Min(peer.Limits.MaxRequestSizeBytes, long.MaxValue));
        _rate = new RateLimit(peer.Limits.MaxRequestsPerSecond, context.Time);
        _handler = new RequestHandler(context, peer);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(stop, ended);
        _timer = context.Time.CreateTimer(static c => ((ConsoleConnection)c!).Expire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _subscription = peer.Permissions.HasFlag(Npk.Permissions.Notifications) ? context.Requests.Notifications.Subscribe() : null;
    }

    /// <summary>Serves until the end of the connection. Never fails.</summary>
    internal async Task RunAsync()
    {
        string reason;
        bool hasNotifications = false;
        try
        {
            reason = await ServeAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            reason = _isExpired ? _limit! : "the runtime or the container ended";
            hasNotifications = !_isExpired;
        }
        catch (RuntimeException e) when (e.Code == RuntimeErrorCode.ShuttingDown)
        {
            reason = e.Message;
            hasNotifications = true;
        }
        catch (Exception e) when (e is ConsoleClosedException or ProtocolException or IOException or SocketException or RuntimeException)
        {
            reason = e.Message;
        }
        catch (Exception e)
        {
            Log.RequestFault(_context.Logger, _peer.Name, e);
            reason = "fault";
        }

        await CloseAsync(hasNotifications).ConfigureAwait(false);
        Log.Closed(_context.Logger, _peer.Name, reason);
    }

    /// <summary>Serves until the peer ends the connection. Returns why it ended.</summary>
    private async Task<string> ServeAsync()
    {
        if (await ShakeHandsAsync().ConfigureAwait(false) is { } refusal)
        {
            return refusal;
        }

        while (true)
        {
            switch (await NextMessageAsync().ConfigureAwait(false))
            {
                case Request request:
                    await HandleAsync(request).ConfigureAwait(false);
                    break;
                case null:
                    return "the peer closed it";
                default:
                    return "a message came that is no request";
            }
        }
    }

    /// <summary>Waits for the first message and answers it. Returns why the connection ends, or null.</summary>
    private async Task<string?> ShakeHandsAsync()
    {
        if (_peer.HandshakeLimit is { } limit)
        {
            Arm(limit, "no connect came in time");
        }

        Message? first = await _framer.ReadMessageAsync(_stop.Token).ConfigureAwait(false);
        Disarm();
        CountMessage();
        if (first is not Connect connect)
        {
            return first is null ? "the peer closed it before connect" : "the first message is no connect";
        }

        ConnectNack? nack = !ProtocolVersion.IsAccepted(connect.Version) ? new ConnectNack.InvalidProtocolVersion(ProtocolVersion.Current)
            : connect.SubscribeNotifications && _subscription is null ? new ConnectNack.PermissionDenied()
            : null;
        Write(nack ?? (Message)(connect.Extensions ? s_extendedAck : s_ack));
        if (nack is not null)
        {
            await FlushAsync().ConfigureAwait(false);
            return $"refused version {connect.Version}, subscription {connect.SubscribeNotifications}";
        }

        if (!connect.SubscribeNotifications)
        {
            _subscription?.Dispose();
            _subscription = null;
        }

        _isAccepted = true;
        _hasExtensions = connect.Extensions;
        _handler.HasExtensions = connect.Extensions;
        if (_peer.IsContainer)
        {
            Log.ContainerConnected(_context.Logger, _peer.Identity, _peer.Permissions);
        }
        else
        {
            Log.ClientConnected(_context.Logger, _peer.Name, _peer.Permissions);
        }

        return null;
    }

    /// <summary>Sends what is due and returns the next message, or null at the end of the stream.</summary>
    private async ValueTask<Message?> NextMessageAsync()
    {
        WriteNotifications();
        while (NextPause() is { Ticks: > 0 } pause)
        {
            await FlushAsync().ConfigureAwait(false);
            await DeliverUntilAsync(Task.Delay(pause, _context.Time, _stop.Token)).ConfigureAwait(false);
        }

        // Answers to requests that arrived together leave together.
        if (IsOutputLarge || !HasWholeLine())
        {
            await FlushAsync().ConfigureAwait(false);
        }

        ValueTask<Message?> reading = _framer.ReadMessageAsync(_stop.Token);
        Message? message;
        if (reading.IsCompleted)
        {
            message = await reading.ConfigureAwait(false);
        }
        else if (_subscription is null && _outputFeed is null)
        {
            ArmIdle();
            message = await reading.ConfigureAwait(false);
            DisarmIdle();
        }
        else
        {
            _nextMessage = reading.AsTask();
            await DeliverUntilAsync(_nextMessage).ConfigureAwait(false);
            message = await _nextMessage.ConfigureAwait(false);
            _nextMessage = null;
        }

        CountMessage();
        return message;
    }

    private TimeSpan NextPause()
    {
        TimeSpan own = _rate.NextPause();
        TimeSpan shared = _peer.SharedRate?.NextPause() ?? TimeSpan.Zero;
        return own > shared ? own : shared;
    }

    private void CountMessage()
    {
        _rate.Count();
        _peer.SharedRate?.Count();
    }

    private void ArmIdle()
    {
        if (_peer.Limits.IdleTimeout > TimeSpan.Zero)
        {
            Arm(_peer.Limits.IdleTimeout, "nothing was asked for too long");
        }
    }

    private void DisarmIdle()
    {
        if (_peer.Limits.IdleTimeout > TimeSpan.Zero)
        {
            Disarm();
        }
    }

    /// <summary>Sends notifications as they come until something else is done.</summary>
    private async Task DeliverUntilAsync(Task other)
    {
        while (!other.IsCompleted && (_subscription is not null || _outputFeed is not null))
        {
            _nextNotification ??= _subscription?.Reader.WaitToReadAsync(_stop.Token).AsTask();
            _nextOutput ??= _outputFeed?.WaitAsync(_stop.Token).AsTask();
            Task first = await Task.WhenAny(other, _nextNotification ?? other, _nextOutput ?? other).ConfigureAwait(false);
            if (first != other)
            {
                _nextNotification = first == _nextNotification ? null : _nextNotification;
                _nextOutput = first == _nextOutput ? null : _nextOutput;
                WriteNotifications();
                await FlushAsync().ConfigureAwait(false);
            }
        }

        await other.ConfigureAwait(false);
    }

    /// <summary>Tells whether a request can be read without waiting.</summary>
    private bool HasWholeLine()
    {
        if (!_reader.TryRead(out ReadResult result))
        {
            return false;
        }

        bool found = System.Buffers.BuffersExtensions.PositionOf(result.Buffer, (byte)'\n') is not null;
        _reader.AdvanceTo(result.Buffer.Start);
        return found;
    }

    private async ValueTask HandleAsync(Request request)
    {
        if (_context.IsStopping)
        {
            throw new RuntimeException(RuntimeErrorCode.ShuttingDown, "the runtime is shutting down");
        }

        if (request.IsExtension && !_hasExtensions)
        {
            throw new ConsoleClosedException("a request of an extension came on a connection that did not ask for any");
        }

        if (!_peer.Permissions.HasFlag(request.RequiredPermission) || !_peer.Scope.Allows(request))
        {
            _context.Audit.Denied(_peer.Name, request);
            Write(new Response.PermissionDenied(request));
            return;
        }

        switch (request)
        {
            case Request.OutputSubscribe subscribe:
                Write(new Response.OutputSubscribe(await FollowAsync(subscribe).ConfigureAwait(false)));
                return;
            case Request.OutputUnsubscribe unsubscribe:
                _outputFeed?.Unfollow(unsubscribe.Container);
                Write(new Response.OutputUnsubscribe(new ContainerResult(unsubscribe.Container)));
                return;
            case Request.Verify verify:
                Answer(request, await VerifyAsync(verify).ConfigureAwait(false));
                return;
            case Request.Install install:
                Answer(request, await InstallAsync(install).ConfigureAwait(false));
                return;
            case Request.Shutdown:
                // The answer leaves before the end begins.
                Answer(request, new Response.Shutdown());
                await FlushAsync().ConfigureAwait(false);
                _context.Requests.RequestShutdown();
                return;
        }

        ValueTask<Response> answering = _handler.HandleAsync(request, _stop.Token);
        if (!answering.IsCompleted)
        {
            // Answers to earlier requests do not wait for this one.
            await FlushAsync().ConfigureAwait(false);
        }

        Answer(request, await answering.ConfigureAwait(false));
    }

    private void Answer(Request request, Response response)
    {
        _context.Audit.Done(_peer.Name, request, response);
        Write(response);
    }

    /// <summary>Closes the connection unless <see cref="Disarm"/> comes in time. For one wait at a time.</summary>
    private void Arm(TimeSpan limit, string reason)
    {
        _limit = reason;
        _timer.Change(limit, Timeout.InfiniteTimeSpan);
    }

    private void Disarm() => _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    private void Expire()
    {
        _isExpired = true;
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The connection ended on its own at the same time.
        }
    }

    private async Task CloseAsync(bool hasNotifications)
    {
        await SendLastAsync(hasNotifications && _isAccepted).ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
        await _timer.DisposeAsync().ConfigureAwait(false);
        await _stream.DisposeAsync().ConfigureAwait(false);
        _subscription?.Dispose();
        _outputFeed?.Dispose();
        foreach (Task? pending in new Task?[] { _nextMessage, _nextNotification, _nextOutput })
        {
            if (pending is not null)
            {
                await pending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await _reader.CompleteAsync().ConfigureAwait(false);
        _stop.Dispose();
    }
}
