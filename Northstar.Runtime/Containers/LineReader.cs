// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;

namespace Northstar.Runtime.Containers;

/// <summary>Reads lines of bounded length from a socket.</summary>
internal static class LineReader
{
    /// <summary>A longer line of a log is cut into pieces of this many bytes.</summary>
    internal const int MaxLineBytes = 8192;

    /// <summary>Reads until the other end is closed everywhere. Closes the socket. Does not throw when the connection breaks or the token is cancelled.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="onLine">Gets each line without its end; a last one without end is a line too.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <param name="maxLineBytes">A longer line is cut into pieces of this many bytes.</param>
    /// <param name="onBytes">Gets everything as it comes, before the lines of it.</param>
    internal static async Task ReadAsync(
        Socket socket, Action<ReadOnlySequence<byte>> onLine, CancellationToken cancellationToken, int maxLineBytes = MaxLineBytes,
        Action<ReadOnlySequence<byte>>? onBytes = null)
    {
        long seen = 0;
        var reader = PipeReader.Create(new NetworkStream(socket, ownsSocket: true), new StreamPipeReaderOptions(bufferSize: MaxLineBytes));
        try
        {
            while (true)
            {
                ReadResult result = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                onBytes?.Invoke(result.Buffer.Slice(seen));
                ReadOnlySequence<byte> rest = TakeLines(result.Buffer, result.IsCompleted, onLine, maxLineBytes);
                seen = rest.Length;
                reader.AdvanceTo(rest.Start, rest.End);
                if (result.IsCompleted)
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The other end is gone, or nobody waits any longer.
        }
        finally
        {
            await reader.CompleteAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Takes the complete lines and returns what is left.</summary>
    private static ReadOnlySequence<byte> TakeLines(ReadOnlySequence<byte> buffer, bool isLast, Action<ReadOnlySequence<byte>> onLine, int maxLineBytes)
    {
        while (!buffer.IsEmpty)
        {
            ReadOnlySequence<byte> window = buffer.Length > maxLineBytes ? buffer.Slice(0, maxLineBytes + 1) : buffer;
            if (window.PositionOf((byte)'\n') is { } end)
            {
                onLine(buffer.Slice(0, end));
                buffer = buffer.Slice(buffer.GetPosition(1, end));
            }
            else if (window.Length > maxLineBytes)
            {
                onLine(buffer.Slice(0, maxLineBytes));
                buffer = buffer.Slice(maxLineBytes);
            }
            else if (isLast)
            {
                onLine(buffer);
                buffer = buffer.Slice(buffer.End);
            }
            else
            {
                break;
            }
        }

        return buffer;
    }
}
