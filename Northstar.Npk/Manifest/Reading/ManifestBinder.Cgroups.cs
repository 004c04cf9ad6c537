// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>The cgroup section: unknown keys are ignored throughout.</summary>
internal sealed partial class ManifestBinder
{
    private CgroupSettings BindCgroups(Node node, string path)
    {
        Fields f = Open(node, path, "P00", strict: false, "parent", "blkio", "cpu", "memory");
        return new CgroupSettings
        {
            Parent = OptionalText(f, "parent"),
            Blkio = Optional(f, "blkio", BindBlkio),
            Cpu = Optional(f, "cpu", BindCpu),
            Memory = Optional(f, "memory", BindMemory),
        };
    }

    private CpuSettings BindCpu(Node node, string path)
    {
        Fields f = Open(
            node, path, "P00", strict: false, "cpus", "mems", "shares", "quota", "period", "realtime_runtime", "realtime_period", "attrs");
        return new CpuSettings
        {
            Cpus = OptionalText(f, "cpus"),
            Mems = OptionalText(f, "mems"),
            Shares = OptionalUInt64(f, "shares"),
            Quota = OptionalInt64(f, "quota"),
            Period = OptionalUInt64(f, "period"),
            RealtimeRuntime = OptionalInt64(f, "realtime_runtime"),
            RealtimePeriod = OptionalUInt64(f, "realtime_period"),
            Attrs = TextMap(f["attrs"], f.Path("attrs")),
        };
    }

    private MemorySettings BindMemory(Node node, string path)
    {
        Fields f = Open(
            node, path, "P00", strict: false, "oom_monitor", "kernel_memory_limit", "memory_hard_limit", "memory_soft_limit",
            "kernel_tcp_memory_limit", "memory_swap_limit", "swappiness", "attrs");
        return new MemorySettings
        {
            OomMonitor = OptionalBoolean(f, "oom_monitor") ?? false,
            KernelMemoryLimit = OptionalInt64(f, "kernel_memory_limit"),
            HardLimit = OptionalInt64(f, "memory_hard_limit"),
            SoftLimit = OptionalInt64(f, "memory_soft_limit"),
            KernelTcpMemoryLimit = OptionalInt64(f, "kernel_tcp_memory_limit"),
            SwapLimit = OptionalInt64(f, "memory_swap_limit"),
            Swappiness = OptionalUInt64(f, "swappiness"),
            Attrs = TextMap(f["attrs"], f.Path("attrs")),
        };
    }

    private BlkioSettings BindBlkio(Node node, string path)
    {
        Fields f = Open(
            node, path, "P00", strict: false, "weight", "leaf_weight", "weight_device", "throttle_read_bps_device", "throttle_read_iops_device",
            "throttle_write_bps_device", "throttle_write_iops_device", "attrs");
        return new BlkioSettings
        {
            Weight = OptionalUInt16(f, "weight"),
            LeafWeight = OptionalUInt16(f, "leaf_weight"),
            WeightDevice = List(Required(f, "weight_device", "P16"), f.Path("weight_device"), BindWeightDevice),
            ThrottleReadBps = BindThrottles(f, "throttle_read_bps_device"),
            ThrottleReadIops = BindThrottles(f, "throttle_read_iops_device"),
            ThrottleWriteBps = BindThrottles(f, "throttle_write_bps_device"),
            ThrottleWriteIops = BindThrottles(f, "throttle_write_iops_device"),
            Attrs = TextMap(f["attrs"], f.Path("attrs")),
        };
    }

    private List<ThrottleDevice> BindThrottles(Fields f, string key) => List(Required(f, key, "P16"), f.Path(key), BindThrottle);

    private WeightDevice BindWeightDevice(Node node, string path)
    {
        Fields f = Open(node, path, "P00", strict: false, "major", "minor", "weight", "leaf_weight");
        return new WeightDevice(RequiredUInt64(f, "major"), RequiredUInt64(f, "minor"), OptionalUInt16(f, "weight"), OptionalUInt16(f, "leaf_weight"));
    }

    private ThrottleDevice BindThrottle(Node node, string path)
    {
        Fields f = Open(node, path, "P00", strict: false, "major", "minor", "rate");
        return new ThrottleDevice(RequiredUInt64(f, "major"), RequiredUInt64(f, "minor"), RequiredUInt64(f, "rate"));
    }

    private ulong RequiredUInt64(Fields f, string key) => Required(f, key, "P00") is { } node ? UInt64(node, f.Path(key)) : 0;
}
