// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.ExceptionServices;

namespace Northstar.Npk.Verity;

/// <summary>Spreads numbered pieces of work over all cores, in ascending order so that reading stays nearly sequential.</summary>
internal static class Workers
{
    /// <summary>
    /// Runs <paramref name="body"/> for 0 to <paramref name="count"/> - 1 with one <typeparamref name="TLocal"/> for each worker. The error
    /// of the lowest number wins, whichever worker meets its own first.
    /// </summary>
    /// <param name="count">The number of pieces.</param>
    /// <param name="create">Makes what one worker needs.</param>
    /// <param name="body">Does one piece.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <param name="workers">How many work; 1 is the calling thread. Null for one on each core.</param>
    internal static void Run<TLocal>(long count, Func<TLocal> create, Action<TLocal, long> body, CancellationToken cancellationToken, int? workers = null)
        where TLocal : IDisposable
    {
        long next = -1;
        Lock gate = new();
        long failedAt = long.MaxValue;
        ExceptionDispatchInfo? failure = null;
        if (workers == 1)
        {
            Work(0);
        }
        else
        {
            Parallel.For(0, (int)Math.Min(count, workers ?? Environment.ProcessorCount), Work);
        }

        failure?.Throw();

        void Work(int worker)
        {
            using TLocal local = create();
            for (long i = Interlocked.Increment(ref next); i < count && i < Volatile.Read(ref failedAt); i = Interlocked.Increment(ref next))
            {
                try
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    body(local, i);
                }
#pragma warning disable CA1031 // Carried to the caller below, whatever it is.
                catch (Exception exception)
#pragma warning restore CA1031
                {
                    lock (gate)
                    {
                        if (i < failedAt)
                        {
                            failure = ExceptionDispatchInfo.Capture(exception);
                            Volatile.Write(ref failedAt, i);
                        }
                    }
                }
            }
        }
    }
}
