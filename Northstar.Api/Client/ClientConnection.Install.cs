// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Api;

/// <content>The payload of an install.</content>
internal sealed partial class ClientConnection
{
    private const int PieceBytes = 256 * 1024;

    /// <summary>Sends an install request and the bytes of the package, and waits for the response.</summary>
    /// <remarks>
    /// A payload that cannot be sent whole leaves the connection out of step, so the connection ends: after a denied permission, an exception
    /// of the source or of <paramref name="progress"/>, a source of another length, or a cancellation.
    /// </remarks>
    /// <returns>The response; null when the connection had ended before, so that nothing was read or sent.</returns>
    internal async Task<Response?> TryInstallAsync(Request.Install request, Stream source, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        await _sendGate.WaitAsync(cancellationToken).ConfigureAwait(false);
        PendingRequest? pending;
        try
        {
            pending = TryEnqueue(request);
            if (pending is null)
            {
                return null;
            }

            await SendPackageAsync(pending, (long)request.SizeBytes, source, progress, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _sendGate.Release();
        }

        Response response = await pending.Response.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (response is Response.PermissionDenied && request.SizeBytes > 0)
        {
            // The runtime takes the payload for lines.
            End(ApiException.Closed("given up, because the runtime denied an install whose package was sent already"), error: false);
        }

        return response;
    }

    private async Task SendPackageAsync(
        PendingRequest pending, long size, Stream source, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        try
        {
            _traceSent?.Invoke(_sendBuffer.WrittenMemory);
            await WriteAsync(_sendBuffer.WrittenMemory, CancellationToken.None).ConfigureAwait(false);
            byte[] piece = new byte[Math.Min(size, PieceBytes)];
            for (long sent = 0; sent < size;)
            {
                int length = (int)Math.Min(size - sent, piece.Length);
                await ReadPieceAsync(source, piece.AsMemory(0, length), isLast: sent + length == size, cancellationToken).ConfigureAwait(false);
                if (pending.Response.IsCompleted || !await TryWriteAsync(piece.AsMemory(0, length), pending, cancellationToken).ConfigureAwait(false))
                {
                    End(ApiException.Closed("given up, because the runtime answered before it had the whole package"), error: false);
                    return;
                }

                sent += length;
                progress?.Report(sent);
            }
        }
        catch (WriteFailedException e)
        {
            await EndAfterWriteErrorAsync(e.InnerException!).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            End(ApiException.Closed("given up, because a package was not sent whole", e), error: false);
            throw;
        }
    }

    // Reads a piece; the last one only if nothing follows it, so that a package of another length never arrives whole.
    private static async Task ReadPieceAsync(Stream source, Memory<byte> piece, bool isLast, CancellationToken cancellationToken)
    {
        int read = await source.ReadAtLeastAsync(piece, piece.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        if (read < piece.Length || (isLast && await source.ReadAsync(new byte[1], cancellationToken).ConfigureAwait(false) > 0))
        {
            throw new ArgumentException($"install: the stream is {(read < piece.Length ? "shorter" : "longer")} than the size given");
        }
    }

    // False when the runtime denies the install: it may not read any further, so the write could wait for ever.
    private async Task<bool> TryWriteAsync(ReadOnlyMemory<byte> piece, PendingRequest pending, CancellationToken cancellationToken)
    {
        Task write = WriteAsync(piece, cancellationToken);
        await Task.WhenAny(write, pending.Response).ConfigureAwait(false);
        if (!write.IsCompleted && (!pending.Response.IsCompletedSuccessfully || await pending.Response.ConfigureAwait(false) is Response.PermissionDenied))
        {
            _ = write.ContinueWith(static w => w.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            return false;
        }

        await write.ConfigureAwait(false);
        return true;
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await _stream.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            throw new WriteFailedException(e);
        }
    }

    // Tells a failure of the connection from one of the source.
    private sealed class WriteFailedException(Exception inner) : Exception("writing to the console failed", inner);
}
