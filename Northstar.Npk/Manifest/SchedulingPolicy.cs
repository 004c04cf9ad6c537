// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>The scheduling policy of a payload (sched(7)). A closed hierarchy.</summary>
public abstract record SchedulingPolicy
{
    private SchedulingPolicy()
    {
    }

    /// <summary>SCHED_OTHER.</summary>
    /// <param name="Nice">-20 to 19.</param>
    public sealed record Other(sbyte Nice) : SchedulingPolicy;

    /// <summary>SCHED_BATCH.</summary>
    /// <param name="Nice">-20 to 19.</param>
    public sealed record Batch(sbyte Nice) : SchedulingPolicy;

    /// <summary>SCHED_FIFO.</summary>
    /// <param name="Priority">1 to 99.</param>
    public sealed record Fifo(uint Priority) : SchedulingPolicy;

    /// <summary>SCHED_RR.</summary>
    /// <param name="Priority">1 to 99.</param>
    public sealed record RoundRobin(uint Priority) : SchedulingPolicy;

    /// <summary>SCHED_IDLE.</summary>
    public sealed record Idle : SchedulingPolicy;

    /// <summary>SCHED_DEADLINE. It has no parameters in a manifest, so a start with it fails.</summary>
    public sealed record Deadline : SchedulingPolicy;
}
