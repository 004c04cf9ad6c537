// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>The cgroup section.</summary>
internal sealed partial class ManifestBinder
{
    private CgroupSettings BindCgroups(Node node, string path)
    {
        Fields f = Open(node, path, CgroupForm.Cgroups);
        return new CgroupSettings
        {
            Parent = Text(f, "parent"),
            Blkio = f["blkio"] is { } blkio ? BindBlkio(blkio, f.Path("blkio")) : null,
            Cpu = f["cpu"] is { } cpu ? BindCpu(cpu, f.Path("cpu")) : null,
            Memory = f["memory"] is { } memory ? BindMemory(memory, f.Path("memory")) : null,
        };
    }

    private CpuSettings BindCpu(Node node, string path)
    {
        Fields f = Open(node, path, CgroupForm.Cpu);
        return new CpuSettings
        {
            Cpus = Text(f, "cpus"),
            Mems = Text(f, "mems"),
            Shares = Number<ulong>(f, "shares"),
            Quota = Number<long>(f, "quota"),
            Period = Number<ulong>(f, "period"),
            RealtimeRuntime = Number<long>(f, "realtime_runtime"),
            RealtimePeriod = Number<ulong>(f, "realtime_period"),
            Attrs = TextMap(f["attrs"], f.Path("attrs")),
        };
    }

    private MemorySettings BindMemory(Node node, string path)
    {
        Fields f = Open(node, path, CgroupForm.Memory);
        return new MemorySettings
        {
            OomMonitor = Boolean(f, "oom_monitor") ?? false,
            KernelMemoryLimit = Number<long>(f, "kernel_memory_limit"),
            HardLimit = Number<long>(f, "memory_hard_limit"),
            SoftLimit = Number<long>(f, "memory_soft_limit"),
            KernelTcpMemoryLimit = Number<long>(f, "kernel_tcp_memory_limit"),
            SwapLimit = Number<long>(f, "memory_swap_limit"),
            Swappiness = Number<ulong>(f, "swappiness"),
            Attrs = TextMap(f["attrs"], f.Path("attrs")),
        };
    }

    private BlkioSettings BindBlkio(Node node, string path)
    {
        Fields f = Open(node, path, CgroupForm.Blkio);
        return new BlkioSettings
        {
            Weight = Number<ushort>(f, "weight"),
            LeafWeight = Number<ushort>(f, "leaf_weight"),
            WeightDevice = List(f["weight_device"], f.Path("weight_device"), BindWeightDevice),
            ThrottleReadBps = BindThrottles(f, "throttle_read_bps_device"),
            ThrottleReadIops = BindThrottles(f, "throttle_read_iops_device"),
            ThrottleWriteBps = BindThrottles(f, "throttle_write_bps_device"),
            ThrottleWriteIops = BindThrottles(f, "throttle_write_iops_device"),
            Attrs = TextMap(f["attrs"], f.Path("attrs")),
        };
    }

    private List<ThrottleDevice> BindThrottles(Fields f, string key) => List(f[key], f.Path(key), BindThrottle);

    private WeightDevice BindWeightDevice(Node node, string path)
    {
        Fields f = Open(node, path, CgroupForm.WeightDevice);
        return new WeightDevice(Number<ulong>(f, "major") ?? 0, Number<ulong>(f, "minor") ?? 0, Number<ushort>(f, "weight"), Number<ushort>(f, "leaf_weight"));
    }

    private ThrottleDevice BindThrottle(Node node, string path)
    {
        Fields f = Open(node, path, CgroupForm.ThrottleDevice);
        return new ThrottleDevice(Number<ulong>(f, "major") ?? 0, Number<ulong>(f, "minor") ?? 0, Number<ulong>(f, "rate") ?? 0);
    }
}
