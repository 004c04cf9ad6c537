// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime.Containers;

/// <summary>Lets so many bytes of output through in any second, and counts the lines that were too much.</summary>
internal sealed class OutputBudget(long bytesPerSecond, TimeProvider time)
{
    /// <summary>What a record costs beside its text, in bytes: empty lines are not free.</summary>
    private const int RecordCost = 64;

    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(1);

    private long _start = time.GetTimestamp();
    private long _used;
    private long _leftOut;

    /// <summary>Takes the room for a line, or counts it as left out.</summary>
    internal bool TryTake(long bytes)
    {
        long now = time.GetTimestamp();
        if (time.GetElapsedTime(_start, now) >= s_window)
        {
            _start = now;
            _used = 0;
        }

        _used += bytes + RecordCost;
        _leftOut += _used > bytesPerSecond ? 1 : 0;
        return _used <= bytesPerSecond;
    }

    /// <summary>Returns how many lines were left out since the last call.</summary>
    internal long TakeLeftOut()
    {
        long count = _leftOut;
        _leftOut = 0;
        return count;
    }
}
