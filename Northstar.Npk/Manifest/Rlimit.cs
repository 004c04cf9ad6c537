// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>A resource limit (setrlimit(2)); null is unlimited.</summary>
/// <param name="Soft">The soft limit.</param>
/// <param name="Hard">The hard limit.</param>
public sealed record Rlimit(ulong? Soft, ulong? Hard);

/// <summary>A limited resource; the values are the kernel's RLIMIT numbers.</summary>
public enum RlimitResource
{
    /// <summary>RLIMIT_CPU, seconds.</summary>
    Cpu = 0,

    /// <summary>RLIMIT_FSIZE, bytes.</summary>
    Fsize = 1,

    /// <summary>RLIMIT_DATA, bytes.</summary>
    Data = 2,

    /// <summary>RLIMIT_STACK, bytes.</summary>
    Stack = 3,

    /// <summary>RLIMIT_CORE, bytes.</summary>
    Core = 4,

    /// <summary>RLIMIT_RSS, bytes.</summary>
    Rss = 5,

    /// <summary>RLIMIT_NPROC, processes.</summary>
    Nproc = 6,

    /// <summary>RLIMIT_NOFILE, descriptors.</summary>
    Nofile = 7,

    /// <summary>RLIMIT_MEMLOCK, bytes.</summary>
    Memlock = 8,

    /// <summary>RLIMIT_AS, bytes.</summary>
    As = 9,

    /// <summary>RLIMIT_LOCKS, locks.</summary>
    Locks = 10,

    /// <summary>RLIMIT_SIGPENDING, signals.</summary>
    Sigpending = 11,

    /// <summary>RLIMIT_MSGQUEUE, bytes.</summary>
    Msgqueue = 12,

    /// <summary>RLIMIT_NICE, 20 less the nice value.</summary>
    Nice = 13,

    /// <summary>RLIMIT_RTPRIO, priority.</summary>
    Rtprio = 14,

    /// <summary>RLIMIT_RTTIME, microseconds.</summary>
    Rttime = 15,
}
