// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Engine;

namespace Northstar.Runtime.Console;

/// <summary>Where the bytes of a package go: into the install, until one of them cannot be stored; then nowhere, and the failure is kept.</summary>
internal sealed class InstallSink(IInstallSession? session, RuntimeException? failure)
{
    /// <summary>Gets the first failure, or null.</summary>
    internal RuntimeException? Failure { get; private set; } = failure;

    /// <summary>Stores a piece.</summary>
    internal void Write(ReadOnlySpan<byte> piece)
    {
        if (session is null || Failure is not null)
        {
            return;
        }

        try
        {
            session.Write(piece);
        }
        catch (RuntimeException e)
        {
            Failure = e;
        }
    }

    /// <summary>Stores a piece beside the caller, who must not change it until the task ends.</summary>
    internal Task WriteAsync(ReadOnlyMemory<byte> piece) =>
        session is null || Failure is not null ? Task.CompletedTask : Task.Run(() => Write(piece.Span));
}

/// <summary>Lets a bounded number of installs have large buffers; others work with small ones, more slowly. Thread safe.</summary>
internal sealed class InstallBuffers
{
    /// <summary>The size of a large buffer; a Unix socket hands over about 200 KiB at a time.</summary>
    internal const int LargeBytes = 256 * 1024;

    /// <summary>The size of a small buffer.</summary>
    internal const int SmallBytes = 16 * 1024;

    private int _free = 8;

    /// <summary>Takes a right to large buffers, if one is left.</summary>
    internal bool TryTake()
    {
        if (Interlocked.Decrement(ref _free) >= 0)
        {
            return true;
        }

        Interlocked.Increment(ref _free);
        return false;
    }

    /// <summary>Gives a right back that was taken.</summary>
    /// <param name="size">The size that the buffers had.</param>
    internal void Return(int size)
    {
        if (size == LargeBytes)
        {
            Interlocked.Increment(ref _free);
        }
    }
}
