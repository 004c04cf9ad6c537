// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Northstar.Api;
using Northstar.Runtime.Engine;

namespace Northstar.Runtime.Console;

/// <summary>Installing: the bytes of the package follow the request and go straight to the staging file.</summary>
internal sealed partial class ConsoleConnection
{
    /// <summary>Takes all announced bytes, even when the install has failed already, so that the next request is found behind them.</summary>
    private async Task<Response.Install> InstallAsync(Request.Install request)
    {
        if (request.SizeBytes > _peer.Limits.MaxNpkInstallSizeBytes)
        {
            throw new ConsoleClosedException($"a package of {request.SizeBytes} bytes is larger than the limit of {_peer.Limits.MaxNpkInstallSizeBytes}");
        }

        await FlushAsync().ConfigureAwait(false);
        using ITimer? deadline = StartDeadline();
        if (_peer.Installs is null)
        {
            return await TakeAsync(request).ConfigureAwait(false);
        }

        // Until there is a place the bytes stay with the peer.
        await _peer.Installs.WaitAsync(_stop.Token).ConfigureAwait(false);
        try
        {
            return await TakeAsync(request).ConfigureAwait(false);
        }
        finally
        {
            _peer.Installs.Release();
        }
    }

    /// <summary>A peer that sends a byte now and then would keep its place for ever.</summary>
    private ITimer? StartDeadline() => _peer.Limits.InstallTimeout > TimeSpan.Zero
        ? _context.Time.CreateTimer(
            static c =>
            {
                var connection = (ConsoleConnection)c!;
                connection._limit = "a package took too long";
                connection.Expire();
            },
            this, _peer.Limits.InstallTimeout, Timeout.InfiniteTimeSpan)
        : null;

    private async Task<Response.Install> TakeAsync(Request.Install request)
    {
        IInstallSession? session = null;
        RuntimeException? failure = null;
        try
        {
            try
            {
                session = await BeginInstallAsync(request).ConfigureAwait(false);
            }
            catch (RuntimeException e) when (e.Code != RuntimeErrorCode.ShuttingDown)
            {
                failure = e;
            }

            failure = await ReceiveAsync(request.SizeBytes, session, failure).ConfigureAwait(false);
            if (session is not null && failure is null)
            {
                return new Response.Install(await session.CompleteAsync(_peer.Scope.HasAll ? null : _peer.Scope.Contains, _stop.Token).ConfigureAwait(false));
            }
        }
        catch (RuntimeException e) when (e.Code != RuntimeErrorCode.ShuttingDown)
        {
            failure = e;
        }
        finally
        {
            if (session is not null)
            {
                await session.DisposeAsync().ConfigureAwait(false);
            }
        }

        return new Response.Install(ApiErrorMapper.MapInstall(failure!, request.Repository));
    }

    /// <summary>Begins an install. When the wait is cancelled, nothing stays of an install that begins all the same.</summary>
    private async Task<IInstallSession> BeginInstallAsync(Request.Install request)
    {
        Task<IInstallSession> beginning = _context.Requests.BeginInstallAsync(request.Repository, request.SizeBytes, _hasExtensions ? request.Image : null);
        try
        {
            return await beginning.WaitAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _ = DropAsync(beginning);
            throw;
        }

        static async Task DropAsync(Task<IInstallSession> beginning)
        {
            await ((Task)beginning).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (beginning.IsCompletedSuccessfully)
            {
                await (await beginning.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Takes the bytes from the stream. Returns the first failure, or null. A stream that ends early is no failure here.</summary>
    private async Task<RuntimeException?> ReceiveAsync(ulong sizeBytes, IInstallSession? session, RuntimeException? failure)
    {
        var sink = new InstallSink(session, failure);
        ulong remaining = sizeBytes - TakeBuffered(sizeBytes, sink);

        // Behind what the reader of lines has read already, the bytes go past it: in large pieces, one being written while the next one comes.
        int size = _context.InstallBuffers.TryTake() ? InstallBuffers.LargeBytes : InstallBuffers.SmallBytes;
        byte[][] buffers = [ArrayPool<byte>.Shared.Rent(size), ArrayPool<byte>.Shared.Rent(size)];
        Task writing = Task.CompletedTask;
        bool isFast = false;
        try
        {
            for (int turn = 0; remaining > 0; turn ^= 1)
            {
                Memory<byte> buffer = buffers[turn].AsMemory(0, (int)Math.Min(remaining, (ulong)size));
                if (isFast)
                {
                    // More is about to come: to wait for it here costs less than to go away and to be called back.
                    WaitShortly();
                }

                int count = await ReadPieceAsync(buffer).ConfigureAwait(false);
                isFast = count >= InstallBuffers.SmallBytes && size == InstallBuffers.LargeBytes;
                await writing.ConfigureAwait(false);
                if (count == 0)
                {
                    break;
                }

                remaining -= (ulong)count;
                writing = sink.WriteAsync(buffer[..count]);
            }
        }
        finally
        {
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Array.ForEach(buffers, static buffer => ArrayPool<byte>.Shared.Return(buffer));
            _context.InstallBuffers.Return(size);
        }

        return sink.Failure;
    }

    /// <summary>Takes what was read together with the request. Returns how much that was.</summary>
    private ulong TakeBuffered(ulong sizeBytes, InstallSink sink)
    {
        ulong taken = 0;
        while (taken < sizeBytes && _reader.TryRead(out ReadResult result))
        {
            ReadOnlySequence<byte> piece = result.Buffer;
            if ((ulong)piece.Length > sizeBytes - taken)
            {
                piece = piece.Slice(0, (long)(sizeBytes - taken));
            }

            foreach (ReadOnlyMemory<byte> part in piece)
            {
                sink.Write(part.Span);
            }

            taken += (ulong)piece.Length;
            _reader.AdvanceTo(piece.End);
            if (piece.IsEmpty)
            {
                break;
            }
        }

        return taken;
    }

    /// <summary>Holds up this thread for a millisecond at most, until bytes are there. The places for large buffers bound how many threads that can be.</summary>
    private void WaitShortly()
    {
        try
        {
            _ = (_stream as NetworkStream)?.Socket.Poll(1000, SelectMode.SelectRead);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Reading says it.
        }
    }

    private async ValueTask<int> ReadPieceAsync(Memory<byte> buffer)
    {
        ValueTask<int> reading = _stream.ReadAsync(buffer, _stop.Token);
        if (reading.IsCompleted)
        {
            return await reading.ConfigureAwait(false);
        }

        Arm(_peer.Limits.NpkStreamTimeout, "the bytes of a package stalled");
        int count = await reading.ConfigureAwait(false);
        Disarm();
        return count;
    }
}
