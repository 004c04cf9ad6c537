// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Win32.SafeHandles;

namespace Northstar.Host.Terminal;

/// <summary>Results to a pipe, a socket or a terminal, without a buffer. Unlike the stream of <see cref="Console"/>, it tells that nobody reads any more.</summary>
internal sealed class ResultStream : Stream
{
    private const int StandardOutput = 1;

    // errno(3); the number is that of the exception
    private const int TryAgain = 11;
    private const int BrokenPipe = 32;

    private readonly FileStream _inner;

    private ResultStream(FileStream inner) => _inner = inner;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Opens standard output.</summary>
    /// <returns>A stream of this kind; for a file that of the console, which writes where other programs that share the file are.</returns>
    internal static Stream OfProcess()
    {
        try
        {
            var file = new FileStream(new SafeFileHandle(StandardOutput, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            return file.CanSeek ? Console.OpenStandardOutput() : new ResultStream(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // It is closed, or nothing that can be written.
            return Console.OpenStandardOutput();
        }
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <summary>Writes all of it.</summary>
    /// <exception cref="ReaderGoneException">Nobody reads any more.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        // So many bytes are written whole or not at all (pipe(7)): a pipe that another program made non-blocking is tried again.
        while (buffer.Length > 0)
        {
            ReadOnlySpan<byte> piece = buffer[..Math.Min(buffer.Length, 4096)];
            try
            {
                _inner.Write(piece);
                buffer = buffer[piece.Length..];
            }
            catch (IOException e) when (e.HResult == TryAgain)
            {
                Thread.Sleep(1);
            }
            catch (IOException e) when (e.HResult == BrokenPipe)
            {
                throw new ReaderGoneException();
            }
        }
    }
}

/// <summary>Thrown when nobody reads the results any more, as behind <c>| head</c>. It is no failure.</summary>
internal sealed class ReaderGoneException() : IOException("nobody reads the results any more");
