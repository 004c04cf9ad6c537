// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime.Containers;

/// <summary>
/// A standard stream of this process, which containers with <c>inherit</c> share. When nobody reads it a write blocks, and cannot be called
/// back: so there is one at a time, whoever waits for it can give up, and no more than one thread is held.
/// </summary>
internal sealed class HostStream : IDisposable
{
    private readonly Lazy<Stream> _target;
    private readonly SemaphoreSlim _turn = new(1, 1);

    internal HostStream(Func<Stream> open) => _target = new Lazy<Stream>(open);

    /// <summary>Gets standard output.</summary>
    internal static HostStream Output { get; } = new(System.Console.OpenStandardOutput);

    /// <summary>Gets standard error.</summary>
    internal static HostStream Error { get; } = new(System.Console.OpenStandardError);

    /// <summary>Writes all of it. After a cancellation the bytes belong to the write, which may go on.</summary>
    /// <exception cref="IOException">The stream is gone.</exception>
    internal async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        Task writing = Task.Run(
            () =>
            {
                try
                {
                    _target.Value.Write(bytes.Span);
                }
                finally
                {
                    _turn.Release();
                }
            },
            CancellationToken.None);
        _ = writing.ContinueWith(static w => w.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        await writing.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Frees what writers wait on; those of the process are never disposed.</summary>
    public void Dispose() => _turn.Dispose();
}
