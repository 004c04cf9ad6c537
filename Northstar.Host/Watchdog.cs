// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;

namespace Northstar.Host;

/// <summary>Tells the service manager, as often as it wants, that the runtime answers (sd_watchdog_enabled(3)). When it does not any more, the manager ends the process and starts it anew.</summary>
internal sealed class Watchdog : IAsyncDisposable
{
    private const string TimeVariable = "WATCHDOG_USEC";
    private const string ProcessVariable = "WATCHDOG_PID";

    private readonly PeriodicTimer _timer;
    private readonly CancellationTokenSource _end = new();
    private readonly Func<Task> _ping;
    private readonly Task _feeding;

    private Watchdog(TimeSpan period, Func<Task> ping, TimeProvider timeProvider)
    {
        _ping = ping;
        _timer = new PeriodicTimer(period, timeProvider);
        _feeding = FeedAsync();
    }

    /// <summary>Begins to feed the watchdog; null when the service manager has none for this process.</summary>
    /// <param name="ping">Returns when the runtime has answered.</param>
    /// <param name="timeProvider">The clock.</param>
    internal static Watchdog? Start(Func<Task> ping, TimeProvider timeProvider)
    {
        const int Share = 2; // of the time after which the manager acts, as sd_watchdog_enabled(3) recommends
        if (Read(TimeVariable) is not { } microseconds || Read(ProcessVariable) is { } process && process != Environment.ProcessId)
        {
            return null;
        }

        var period = TimeSpan.FromMicroseconds((double)microseconds / Share);
        return new Watchdog(period < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : period, ping, timeProvider);
    }

    /// <summary>Ends it; the service manager hears no more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await _feeding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _timer.Dispose();
        _end.Dispose();
    }

    private static long? Read(string variable) =>
        long.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value is > 0 and <= uint.MaxValue * 1000L
            ? value
            : null;

    private async Task FeedAsync()
    {
        while (await _timer.WaitForNextTickAsync(_end.Token).ConfigureAwait(false))
        {
            await _ping().WaitAsync(_end.Token).ConfigureAwait(false);
            ServiceManager.Notify("WATCHDOG=1");
        }
    }
}
