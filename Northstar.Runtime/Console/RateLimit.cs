// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime.Console;

/// <summary>Lets through so many messages in any second. A message more is not refused, it is read later.</summary>
/// <remarks>Remembers the messages of the last second, so it takes the room that the peer's real rate needs. Thread safe.</remarks>
internal sealed class RateLimit(uint perSecond, TimeProvider time)
{
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Queue<long> _messages = new();

    /// <summary>Returns how long the next message has to wait.</summary>
    internal TimeSpan NextPause()
    {
        using Lock.Scope scope = _lock.EnterScope();
        long now = time.GetTimestamp();
        while (_messages.TryPeek(out long oldest))
        {
            TimeSpan age = time.GetElapsedTime(oldest, now);
            if (age < s_window)
            {
                return _messages.Count < Math.Max(perSecond, 1) ? TimeSpan.Zero : s_window - age;
            }

            _messages.Dequeue();
        }

        return TimeSpan.Zero;
    }

    /// <summary>Counts a message that was read now.</summary>
    internal void Count()
    {
        using Lock.Scope scope = _lock.EnterScope();
        _messages.Enqueue(time.GetTimestamp());
    }
}
