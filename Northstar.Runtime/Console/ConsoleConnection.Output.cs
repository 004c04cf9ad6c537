// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.Net.Sockets;
using Northstar.Api;
using Northstar.Runtime.Containers;

namespace Northstar.Runtime.Console;

/// <summary>What goes to the peer: gathered in one buffer, sent in one write.</summary>
internal sealed partial class ConsoleConnection
{
    /// <summary>With so much gathered it is sent, whatever else is there to read.</summary>
    private const int FlushBytes = 32 * 1024;

    /// <summary>A buffer that one large answer made larger is not kept.</summary>
    private const int KeptBytes = 128 * 1024;

    private ArrayBufferWriter<byte> _output = new();
    private bool _isSending;

    private bool IsOutputLarge => _output.WrittenCount >= FlushBytes;

    private void Write(Message message) => MessageCodec.Encode(_output, message);

    /// <summary>Appends the notifications that wait.</summary>
    /// <exception cref="ConsoleClosedException">The peer has fallen behind so far that some are lost.</exception>
    private void WriteNotifications()
    {
        Notification? notification = null;
        while (_subscription?.Reader.TryRead(out notification) == true)
        {
            // What a container wrote before its end comes before its end.
            WriteOutput();
            WriteNotification(notification);
        }

        WriteOutput();
        if (_subscription?.Reader.Completion.IsCompleted == true)
        {
            throw new ConsoleClosedException("the peer lags behind the notifications");
        }
    }

    private void WriteNotification(Notification notification)
    {
        if ((_hasExtensions || !notification.IsExtension) && _peer.Scope.Shows(notification))
        {
            Write(notification);
        }
    }

    /// <summary>Appends what followed containers wrote.</summary>
    private void WriteOutput()
    {
        while (_outputFeed is not null && _outputFeed.TryRead(out Notification? piece))
        {
            Write(piece!);
        }
    }

    /// <summary>Begins to follow what a container writes.</summary>
    private async Task<ContainerResult> FollowAsync(Request.OutputSubscribe request)
    {
        OutputStreams streams = (request.Stdout ? OutputStreams.Stdout : OutputStreams.None) | (request.Stderr ? OutputStreams.Stderr : OutputStreams.None);
        ContainerResult result = await _handler.CheckOutputAsync(request.Container, streams, _stop.Token).ConfigureAwait(false);
        if (result.IsOk && !(_outputFeed ??= new OutputFeed(_context.Requests.Output)).TryFollow(request.Container, streams))
        {
            return new ContainerResult(request.Container, new ApiError.Unexpected($"a connection follows {OutputFeed.MaxContainers} containers at most"));
        }

        return result;
    }

    /// <summary>Sends what was gathered.</summary>
    private ValueTask FlushAsync()
    {
        if (_output.WrittenCount == 0)
        {
            return ValueTask.CompletedTask;
        }

        // Cancelled before a byte is out, what was gathered can still be sent as the last.
        _stop.Token.ThrowIfCancellationRequested();
        _isSending = true;
        ValueTask sending = _stream.WriteAsync(_output.WrittenMemory, _stop.Token);
        if (!sending.IsCompletedSuccessfully)
        {
            return WaitForPeerAsync(sending);
        }

        sending.GetAwaiter().GetResult();
        Sent();
        return ValueTask.CompletedTask;
    }

    private async ValueTask WaitForPeerAsync(ValueTask sending)
    {
        // A peer that takes nothing for so long holds memory and a descriptor for nothing.
        Arm(_peer.Limits.WriteTimeout, "the peer does not read");
        await sending.ConfigureAwait(false);
        Disarm();
        Sent();
    }

    private void Sent()
    {
        _isSending = false;
        if (_output.Capacity > KeptBytes)
        {
            _output = new ArrayBufferWriter<byte>();
        }
        else
        {
            _output.ResetWrittenCount();
        }
    }

    /// <summary>Before the end: sends the answers that were gathered, but does not wait for a peer that does not read.</summary>
    /// <param name="hasNotifications">Whether notifications that wait are sent, too; so a subscriber learns of a shutdown.</param>
    private async Task SendLastAsync(bool hasNotifications)
    {
        if (_isSending)
        {
            // A part of a message is out; nothing may follow it.
            return;
        }

        while (hasNotifications && _subscription is not null && _subscription.Reader.TryRead(out Notification? notification))
        {
            WriteNotification(notification);
        }

        if (_output.WrittenCount == 0)
        {
            return;
        }

        try
        {
            ValueTask sending = _stream.WriteAsync(_output.WrittenMemory, CancellationToken.None);
            if (!sending.IsCompleted)
            {
                await _stream.DisposeAsync().ConfigureAwait(false);
            }

            await sending.ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The peer is gone, or never read: it misses the end.
        }
    }
}
