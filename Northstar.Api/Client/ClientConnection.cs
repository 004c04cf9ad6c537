// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Northstar.Api;

/// <summary>
/// The two directions of a client's connection. Requests are written one after another and answered in that order; one task owns the reading
/// side, so that notifications arrive whether or not somebody waits for a response.
/// </summary>
internal sealed partial class ClientConnection : IAsyncDisposable
{
    // After a failed write the answer may still be on its way.
    private static readonly TimeSpan s_answerGrace = TimeSpan.FromSeconds(5);

    private readonly Stream _stream;
    private readonly PipeReader _reader;
    private readonly LineFramer _framer;
    private readonly Action<ReadOnlyMemory<byte>>? _traceSent;
    private readonly SemaphoreSlim _sendGate = new(1, 1);
    private readonly ArrayBufferWriter<byte> _sendBuffer = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly Queue<PendingRequest> _pending = new();
    private readonly Channel<Notification>? _notifications;
    private readonly bool _wantsExtensions;
    private readonly TaskCompletionSource<ApiException> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _pump = Task.CompletedTask;
    private ApiException? _end;

    internal ClientConnection(Stream stream, NorthstarClientOptions options)
    {
        _stream = stream;
        _reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 16 * 1024, leaveOpen: true));
        var traceLock = new Lock();
        _framer = new LineFramer(_reader, long.MaxValue, Guard(options.TraceReceived, traceLock));
        _traceSent = Guard(options.TraceSent, traceLock);
        _wantsExtensions = options.Extensions;
        if (options.SubscribeNotifications)
        {
            _notifications = Channel.CreateBounded<Notification>(
                new BoundedChannelOptions(options.NotificationBufferSize) { SingleWriter = true, FullMode = BoundedChannelFullMode.Wait });
        }
    }

    /// <summary>Gets the extensions that the runtime offers on this connection.</summary>
    internal IReadOnlyList<string> Extensions { get; private set; } = [];

    /// <summary>Gets a task that completes with the cause when the connection ended.</summary>
    internal Task<ApiException> Ended => _ended.Task;

    /// <summary>Gets the notifications, or null without a subscription. It ends with the connection.</summary>
    internal ChannelReader<Notification>? Notifications => _notifications?.Reader;

    /// <summary>Sends the connect message, waits for the answer and starts to read. To be called once.</summary>
    internal async Task HandshakeAsync(CancellationToken cancellationToken)
    {
        MessageCodec.Encode(_sendBuffer, new Connect(ProtocolVersion.Current, _notifications is not null) { Extensions = _wantsExtensions });
        _traceSent?.Invoke(_sendBuffer.WrittenMemory);
        await _stream.WriteAsync(_sendBuffer.WrittenMemory, cancellationToken).ConfigureAwait(false);
        Message? answer = await _framer.ReadMessageAsync(cancellationToken).ConfigureAwait(false);
        switch (answer)
        {
            case ConnectAck ack:
                Extensions = ack.Extensions ?? [];
                _pump = Task.Run(PumpAsync, CancellationToken.None);
                return;
            case ConnectNack.InvalidProtocolVersion { Version: var version }:
                throw ApiException.FromVersion(version);
            case ConnectNack:
                throw ApiException.FromPermission("connect", "notifications");
            case null:
                throw ApiException.Closed("the runtime ended it during the handshake");
            default:
                throw new ProtocolException("connect: the runtime answered with another message");
        }
    }

    /// <summary>Sends a request and waits for its response. Cancelling stops the wait; the response is then dropped when it comes.</summary>
    /// <returns>The response; null when the connection had ended before, so that nothing was sent.</returns>
    internal Task<Response?> TrySendAsync(Request request, CancellationToken cancellationToken) => TrySendAsync(request, null, cancellationToken);

    /// <summary>Sends a request whose progress is told before its response.</summary>
    /// <returns>The response; null when the connection had ended before, so that nothing was sent.</returns>
    internal async Task<Response?> TrySendAsync(Request request, IProgress<Notification.Verifying>? progress, CancellationToken cancellationToken)
    {
        await _sendGate.WaitAsync(cancellationToken).ConfigureAwait(false);
        PendingRequest? pending = null;
        try
        {
            pending = TryEnqueue(request, progress);
        }
        finally
        {
            if (pending is null)
            {
                _sendGate.Release();
            }
        }

        if (pending is null)
        {
            return null;
        }

        // A line that was begun has to be finished, whoever still waits for its response.
        _ = WriteAndReleaseAsync();
        return await pending.Response.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        End(ApiException.Closed("the client was disposed"), error: false);
        await _pump.ConfigureAwait(false);
        await _reader.CompleteAsync().ConfigureAwait(false);
        await _stream.DisposeAsync().ConfigureAwait(false);
    }

    private void ReportProgress(Notification.Verifying progress)
    {
        PendingRequest? pending;
        lock (_lock)
        {
            pending = _pending.TryPeek(out PendingRequest? first) && first.Request is Request.Verify ? first : null;
        }

        pending?.Progress?.Report(progress);
    }

    // Encodes a request into the send buffer and queues it for its response; null after the end. The send gate is held.
    private PendingRequest? TryEnqueue(Request request, IProgress<Notification.Verifying>? progress = null)
    {
        if (ProtocolExtensions.NameOf(request) is { } extension && !Extensions.Contains(extension))
        {
            // The runtime would close the connection.
            throw ApiException.NoExtension(extension, _wantsExtensions);
        }

        _sendBuffer.ResetWrittenCount();
        MessageCodec.Encode(_sendBuffer, request);
        var pending = new PendingRequest(request, progress);
        lock (_lock)
        {
            if (_end is not null)
            {
                return null;
            }

            _pending.Enqueue(pending);
        }

        return pending;
    }

    [SuppressMessage("Design", "CA1031", Justification = "Nobody awaits it: every failure has to reach the waiting requests.")]
    private async Task WriteAndReleaseAsync()
    {
        try
        {
            _traceSent?.Invoke(_sendBuffer.WrittenMemory);
            await _stream.WriteAsync(_sendBuffer.WrittenMemory).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await EndAfterWriteErrorAsync(e).ConfigureAwait(false);
        }
        finally
        {
            _sendGate.Release();
        }
    }

    // The runtime may have answered and closed: what it sent is read to its end first.
    private async Task EndAfterWriteErrorAsync(Exception cause)
    {
        try
        {
            await _pump.WaitAsync(s_answerGrace).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The runtime neither reads nor closes.
        }

        End(ApiException.Closed($"writing failed: {cause.Message}", cause), error: false);
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever ends the reading has to reach the waiting requests.")]
    private async Task PumpAsync()
    {
        try
        {
            while (await _framer.ReadMessageAsync(_stop.Token).ConfigureAwait(false) is { } message)
            {
                Dispatch(message);
            }

            End(ApiException.Closed("the runtime ended it"), error: false);
        }
        catch (ProtocolException e)
        {
            End(e, error: true);
        }
        catch (Exception e)
        {
            bool error = e is not (IOException or SocketException or ObjectDisposedException or OperationCanceledException);
            End(ApiException.Closed($"reading failed: {e.Message}", e), error);
        }
    }

    private void Dispatch(Message message)
    {
        switch (message)
        {
            case Notification.Output n:
                DispatchOutput(n.Container, n);
                return;
            case Notification.OutputLost n:
                DispatchOutput(n.Container, n);
                return;
            case Notification.OutputEnd n:
                DispatchOutput(n.Container, n);
                return;
            case Notification.Verifying n:
                ReportProgress(n);
                return;
            case Notification notification:
                // A reader that is too slow loses the newest; it is told so behind what it has not read yet.
                if (_notifications is not null && !_notifications.Writer.TryWrite(notification))
                {
                    _notifications.Writer.TryComplete(new ApiException(
                        ApiFailure.LaggedNotifications,
                        "notifications: more came than the buffer holds, some are lost; read faster or set a larger buffer"));
                }

                return;
            case Response response:
                PendingRequest? pending;
                lock (_lock)
                {
                    pending = _pending.TryPeek(out PendingRequest? first) && response.Answers(first.Request) ? _pending.Dequeue() : null;
                }

                if (pending is null)
                {
                    throw new ProtocolException("console message: a response that belongs to no request");
                }

                pending.Complete(response);
                return;
            default:
                throw new ProtocolException("console message: neither a response nor a notification");
        }
    }

    // Ends the connection for everybody who waits. The first cause counts.
    private void End(ApiException cause, bool error)
    {
        PendingRequest[] pending;
        lock (_lock)
        {
            _end ??= cause;
            cause = _end;
            pending = [.. _pending];
            _pending.Clear();
        }

        foreach (PendingRequest request in pending)
        {
            request.Fail(cause);
        }

        _notifications?.Writer.TryComplete(error ? cause : null);
        EndOutputs();
        _stop.Cancel();
        _stream.Dispose();
        _ended.TrySetResult(cause);
    }

    private static Action<ReadOnlyMemory<byte>>? Guard(Action<ReadOnlyMemory<byte>>? trace, Lock traceLock)
    {
        return trace is null ? null : Call;

        void Call(ReadOnlyMemory<byte> bytes)
        {
            lock (traceLock)
            {
                trace(bytes);
            }
        }
    }

    private sealed class PendingRequest(Request request, IProgress<Notification.Verifying>? progress)
    {
        private readonly TaskCompletionSource<Response> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Request Request { get; } = request;

        internal IProgress<Notification.Verifying>? Progress { get; } = progress;

        internal Task<Response> Response => _completion.Task;

        internal void Complete(Response response) => _completion.TrySetResult(response);

        internal void Fail(ApiException cause)
        {
            _completion.TrySetException(cause);

            // Who was cancelled does not look at it any more.
            _ = _completion.Task.Exception;
        }
    }
}
