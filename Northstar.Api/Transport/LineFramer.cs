// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.IO.Pipelines;

namespace Northstar.Api;

/// <summary>Reads messages from a byte stream: one line each, with a limit on its length.</summary>
/// <remarks>
/// For one reader at a time. Between two messages the owner may take raw bytes from the same <see cref="PipeReader"/>, as a runtime does
/// after an install request.
/// </remarks>
public sealed class LineFramer
{
    private readonly PipeReader _reader;
    private readonly long _maxLineBytes;
    private readonly Action<ReadOnlyMemory<byte>>? _trace;

    /// <summary>Makes a framer.</summary>
    /// <param name="reader">The bytes. It stays with the caller.</param>
    /// <param name="maxLineBytes">The longest line in bytes, a carriage return counted and the line feed not.</param>
    public LineFramer(PipeReader reader, long maxLineBytes = long.MaxValue)
        : this(reader, maxLineBytes, null)
    {
    }

    internal LineFramer(PipeReader reader, long maxLineBytes, Action<ReadOnlyMemory<byte>>? trace)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentOutOfRangeException.ThrowIfNegative(maxLineBytes);
        (_reader, _maxLineBytes, _trace) = (reader, maxLineBytes, trace);
    }

    /// <summary>Reads the next message.</summary>
    /// <returns>The message, or null at the end of the stream.</returns>
    /// <exception cref="ProtocolException">The line is too long, incomplete or no message. The connection is of no use afterwards.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled; nothing is lost and reading can go on.</exception>
    public async ValueTask<Message?> ReadMessageAsync(CancellationToken cancellationToken = default)
    {
        long searched = 0;
        while (true)
        {
            ReadResult result = await _reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = result.Buffer;
            if (result.IsCanceled)
            {
                _reader.AdvanceTo(buffer.Start);
                throw new OperationCanceledException("reading from the console was cancelled");
            }

            if (buffer.Slice(searched).PositionOf((byte)'\n') is { } end)
            {
                return TakeLine(buffer.Slice(0, buffer.GetPosition(1, end)));
            }

            searched = buffer.Length;
            if (searched > _maxLineBytes || (result.IsCompleted && searched > 0))
            {
                Trace(buffer);
                _reader.AdvanceTo(buffer.End);
                throw searched > _maxLineBytes ? TooLong() : new ProtocolException("console message: the last line has no line feed");
            }

            _reader.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                return null;
            }
        }
    }

    private Message TakeLine(ReadOnlySequence<byte> line)
    {
        try
        {
            Trace(line);
            return line.Length - 1 > _maxLineBytes ? throw TooLong() : MessageCodec.Decode(line);
        }
        finally
        {
            _reader.AdvanceTo(line.End);
        }
    }

    private void Trace(ReadOnlySequence<byte> bytes)
    {
        if (_trace is not null)
        {
            foreach (ReadOnlyMemory<byte> segment in bytes)
            {
                _trace(segment);
            }
        }
    }

    private ProtocolException TooLong() => new($"console message: the line is longer than {_maxLineBytes} bytes");
}
