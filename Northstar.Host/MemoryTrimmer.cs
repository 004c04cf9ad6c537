// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Hosting;

namespace Northstar.Host;

/// <summary>
/// Gives memory back to the machine when the runtime has nothing to do. Left alone, the collector lets garbage grow to the size of the
/// processor's cache before it looks, which on a device is many times what the runtime needs.
/// </summary>
internal sealed class MemoryTrimmer : BackgroundService
{
    private const long WorthCollectingBytes = 512 * 1024;
    private const long IdleBytes = 64 * 1024;

    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(2);

    /// <summary>Collects once after each time of activity, when it is over.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_period);
        long collected = 0;
        long before = 0;
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            long now = GC.GetTotalAllocatedBytes();
            if (now - before < IdleBytes && now - collected > WorthCollectingBytes)
            {
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                collected = now;
            }

            before = now;
        }
    }
}
