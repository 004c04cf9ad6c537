// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.IO.Pipelines;
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
        Task<IInstallSession> beginning = _context.Requests.BeginInstallAsync(request.Repository, request.SizeBytes);
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
        ulong remaining = sizeBytes;
        while (remaining > 0)
        {
            ReadResult result = await ReadPieceAsync().ConfigureAwait(false);
            ReadOnlySequence<byte> piece = result.Buffer;
            if ((ulong)piece.Length > remaining)
            {
                piece = piece.Slice(0, (long)remaining);
            }

            try
            {
                if (failure is null && session is not null)
                {
                    foreach (ReadOnlyMemory<byte> part in piece)
                    {
                        session.Write(part.Span);
                    }
                }
            }
            catch (RuntimeException e)
            {
                failure = e;
            }
            finally
            {
                _reader.AdvanceTo(piece.End);
            }

            remaining -= (ulong)piece.Length;
            if (result.IsCompleted && piece.IsEmpty)
            {
                break;
            }
        }

        return failure;
    }

    private async ValueTask<ReadResult> ReadPieceAsync()
    {
        ValueTask<ReadResult> reading = _reader.ReadAsync(_stop.Token);
        if (reading.IsCompleted)
        {
            return await reading.ConfigureAwait(false);
        }

        Arm(_peer.Limits.NpkStreamTimeout, "the bytes of a package stalled");
        ReadResult result = await reading.ConfigureAwait(false);
        Disarm();
        return result;
    }
}
