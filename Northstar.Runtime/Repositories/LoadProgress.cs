// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Northstar.Runtime.Repositories;

/// <summary>Says now and then how far loading a large repository is. Thread safe.</summary>
internal sealed class LoadProgress(ILogger logger, string repository, int count)
{
    private static readonly long s_interval = Stopwatch.Frequency;

    private long _next = Stopwatch.GetTimestamp() + s_interval;
    private int _done;

    /// <summary>Counts one file that was read.</summary>
    internal void Step()
    {
        int done = Interlocked.Increment(ref _done);
        long next = Interlocked.Read(ref _next);
        long now = Stopwatch.GetTimestamp();
        if (now >= next && Interlocked.CompareExchange(ref _next, now + s_interval, next) == next)
        {
            Log.Progress(logger, repository, done, count);
        }
    }
}
