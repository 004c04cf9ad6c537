// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>The cgroup section of a manifest. Null members are absent there.</summary>
public sealed record CgroupSettings
{
    /// <summary>Gets the parent group that replaces the runtime's own, relative to the cgroup root.</summary>
    public string? Parent { get; init; }

    /// <summary>Gets the block I/O settings.</summary>
    public BlkioSettings? Blkio { get; init; }

    /// <summary>Gets the CPU settings.</summary>
    public CpuSettings? Cpu { get; init; }

    /// <summary>Gets the memory settings.</summary>
    public MemorySettings? Memory { get; init; }
}

/// <summary>CPU settings. Times are microseconds.</summary>
public sealed record CpuSettings
{
    /// <summary>Gets the list of CPUs (cpuset).</summary>
    public string? Cpus { get; init; }

    /// <summary>Gets the list of memory nodes (cpuset).</summary>
    public string? Mems { get; init; }

    /// <summary>Gets the shares, as cgroup v1 counts them (1024 is the default group).</summary>
    public ulong? Shares { get; init; }

    /// <summary>Gets the quota in microseconds a period; zero or less is no limit.</summary>
    public long? Quota { get; init; }

    /// <summary>Gets the period in microseconds.</summary>
    public ulong? Period { get; init; }

    /// <summary>Gets the real-time budget in microseconds a period.</summary>
    public long? RealtimeRuntime { get; init; }

    /// <summary>Gets the real-time period in microseconds.</summary>
    public ulong? RealtimePeriod { get; init; }

    /// <summary>Gets further files of the controller and their text.</summary>
    public IReadOnlyDictionary<string, string> Attrs { get; init; } = EmptyMap<string>.Value;
}

/// <summary>Memory settings. Sizes are bytes; -1 is no limit.</summary>
public sealed record MemorySettings
{
    /// <summary>Gets a value indicating whether out-of-memory events are reported.</summary>
    public bool OomMonitor { get; init; }

    /// <summary>Gets the kernel memory limit (v1).</summary>
    public long? KernelMemoryLimit { get; init; }

    /// <summary>Gets the limit.</summary>
    public long? HardLimit { get; init; }

    /// <summary>Gets the soft limit.</summary>
    public long? SoftLimit { get; init; }

    /// <summary>Gets the kernel TCP memory limit (v1).</summary>
    public long? KernelTcpMemoryLimit { get; init; }

    /// <summary>Gets the swap limit: memory and swap on v1, swap alone on v2.</summary>
    public long? SwapLimit { get; init; }

    /// <summary>Gets the swappiness (v1).</summary>
    public ulong? Swappiness { get; init; }

    /// <summary>Gets further files of the controller and their text.</summary>
    public IReadOnlyDictionary<string, string> Attrs { get; init; } = EmptyMap<string>.Value;
}

/// <summary>Block I/O settings.</summary>
public sealed record BlkioSettings
{
    /// <summary>Gets the weight.</summary>
    public ushort? Weight { get; init; }

    /// <summary>Gets the leaf weight (v1).</summary>
    public ushort? LeafWeight { get; init; }

    /// <summary>Gets weights by device.</summary>
    public IReadOnlyList<WeightDevice> WeightDevice { get; init; } = [];

    /// <summary>Gets read limits in bytes a second.</summary>
    public IReadOnlyList<ThrottleDevice> ThrottleReadBps { get; init; } = [];

    /// <summary>Gets read limits in operations a second.</summary>
    public IReadOnlyList<ThrottleDevice> ThrottleReadIops { get; init; } = [];

    /// <summary>Gets write limits in bytes a second.</summary>
    public IReadOnlyList<ThrottleDevice> ThrottleWriteBps { get; init; } = [];

    /// <summary>Gets write limits in operations a second.</summary>
    public IReadOnlyList<ThrottleDevice> ThrottleWriteIops { get; init; } = [];

    /// <summary>Gets further files; they have no effect.</summary>
    public IReadOnlyDictionary<string, string> Attrs { get; init; } = EmptyMap<string>.Value;
}

/// <summary>The weight of one block device.</summary>
/// <param name="Major">The device's major number.</param>
/// <param name="Minor">The device's minor number.</param>
/// <param name="Weight">The weight, or null.</param>
/// <param name="LeafWeight">The leaf weight, or null.</param>
public sealed record WeightDevice(ulong Major, ulong Minor, ushort? Weight, ushort? LeafWeight);

/// <summary>The limit of one block device.</summary>
/// <param name="Major">The device's major number.</param>
/// <param name="Minor">The device's minor number.</param>
/// <param name="Rate">Bytes or operations a second.</param>
public sealed record ThrottleDevice(ulong Major, ulong Minor, ulong Rate);
