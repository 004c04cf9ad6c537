// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Runtime.Engine;

namespace Northstar.Runtime.Console;

/// <summary>Verifying a stored package: it takes long, so the peer hears how far it is.</summary>
internal sealed partial class ConsoleConnection
{
    private static readonly TimeSpan s_progressInterval = TimeSpan.FromSeconds(1);

    /// <summary>Waits for the outcome. Notifications go out meanwhile; that the peer is gone shows when it is told something.</summary>
    private async Task<Response.Verify> VerifyAsync(Request.Verify request)
    {
        await FlushAsync().ConfigureAwait(false);
        var progress = new LatestProgress();
        Task<ContainerResult> verifying = _handler.VerifyAsync(request.Container, progress, _stop.Token);
        while (true)
        {
            await DeliverUntilAsync(Task.WhenAny(verifying, Task.Delay(s_progressInterval, _context.Time, _stop.Token))).ConfigureAwait(false);
            if (verifying.IsCompleted)
            {
                return new Response.Verify(await verifying.ConfigureAwait(false));
            }

            _stop.Token.ThrowIfCancellationRequested();
            if (progress.Take() is { } latest)
            {
                Write(new Notification.Verifying(request.Container, (ulong)latest.DoneBytes, (ulong)latest.TotalBytes));
                await FlushAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Keeps the last word alone.</summary>
    private sealed class LatestProgress : IProgress<VerifyProgress>
    {
        private readonly Lock _lock = new();
        private VerifyProgress? _latest;

        public void Report(VerifyProgress value)
        {
            lock (_lock)
            {
                _latest = value;
            }
        }

        internal VerifyProgress? Take()
        {
            lock (_lock)
            {
                VerifyProgress? latest = _latest;
                _latest = null;
                return latest;
            }
        }
    }
}
