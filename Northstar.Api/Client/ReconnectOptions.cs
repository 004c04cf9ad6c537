// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Api;

/// <summary>How a client that was connected by an address gets a new connection when the old one ends.</summary>
/// <remarks>
/// <para>
/// A request that was sent, and whose response did not come, fails with <see cref="ApiFailure.ConnectionClosed"/>: the runtime may have carried it
/// out, so it is never sent twice. A request that is made while there is no connection waits for one, until its token is cancelled.
/// </para>
/// <para>
/// Whether the client gets notifications stays as it is. Notifications between two connections are lost, therefore an enumeration of
/// <see cref="NorthstarClient.ReadNotificationsAsync"/> ends with its connection: read the state anew, then enumerate again.
/// </para>
/// <para>The client gives up when the runtime refuses it (permission, protocol version), and after <see cref="GiveUpAfter"/>.</para>
/// </remarks>
public sealed class ReconnectOptions
{
    /// <summary>Gets or sets the time before the first attempt; each further wait is twice as long. More than zero. Default 100 ms.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not more than zero.</exception>
    public TimeSpan FirstDelay
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            field = value;
        }
    }
    = TimeSpan.FromMilliseconds(100);

    /// <summary>Gets or sets the longest wait between two attempts. Default 10 s.</summary>
    public TimeSpan LongestDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets or sets after how long without a connection the client gives up; null for never. Default null.</summary>
    public TimeSpan? GiveUpAfter { get; set; }

    /// <summary>Gets or sets a value indicating whether the first connection is tried again too, for programs that start before the runtime.</summary>
    public bool IncludeFirst { get; set; }

    /// <summary>Gets or sets what is called when a connection ended, with the cause. It must not block and not throw.</summary>
    public Action<ApiException>? ConnectionLost { get; set; }

    /// <summary>Gets or sets what is called when there is a new connection, before requests and readers get it. It must not block and not throw.</summary>
    public Action? Reconnected { get; set; }

    /// <summary>Gets or sets the clock, for tests.</summary>
    internal TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Returns how long to wait before an attempt.</summary>
    /// <param name="attempt">The number of attempts that failed since the connection ended.</param>
    internal TimeSpan DelayBefore(int attempt)
    {
        double delay = FirstDelay.TotalMilliseconds * Math.Pow(2, Math.Min(attempt, 30));
        return TimeSpan.FromMilliseconds(Math.Min(delay, LongestDelay.TotalMilliseconds));
    }
}
