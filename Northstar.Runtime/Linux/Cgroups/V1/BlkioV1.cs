// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Npk;

namespace Northstar.Runtime.Linux.Cgroups.V1;

/// <summary>The block I/O controller of version 1 (cgroup-v1/blkio-controller.rst).</summary>
internal sealed class BlkioV1 : ICgroupController
{
    public string Name => "blkio";

    public void Plan(CgroupPlan plan, CgroupSettings settings, CgroupDefaults defaults, Func<string, bool> files)
    {
        if (settings.Blkio is not { } blkio)
            return;

        // Kernels since 5.0 weigh with BFQ only, whose files have its name.
        string prefix = !files("blkio.weight") && files("blkio.bfq.weight") ? "blkio.bfq." : "blkio.";
        if (blkio.Weight is { } weight)
            plan.Try(prefix + "weight", $"{weight}");
        if (blkio.LeafWeight is { } leaf)
            plan.Try(prefix + "leaf_weight", $"{leaf}");
        foreach (WeightDevice device in blkio.WeightDevice)
        {
            if (device.Weight is { } own)
                plan.Try(prefix + "weight_device", $"{device.Major}:{device.Minor} {own}");
            if (device.LeafWeight is { } ownLeaf)
                plan.Try(prefix + "leaf_weight_device", $"{device.Major}:{device.Minor} {ownLeaf}");
        }

        Throttle(plan, "blkio.throttle.read_bps_device", blkio.ThrottleReadBps);
        Throttle(plan, "blkio.throttle.write_bps_device", blkio.ThrottleWriteBps);
        Throttle(plan, "blkio.throttle.read_iops_device", blkio.ThrottleReadIops);
        Throttle(plan, "blkio.throttle.write_iops_device", blkio.ThrottleWriteIops);
        if (blkio.Attrs.Count > 0)
            plan.Warnings.Add("blkio attrs have no effect");
    }

    public void WriteStatistics(Utf8JsonWriter writer, Func<string, string> read) => BlkioStatistics.Write(writer, read);

    private static void Throttle(CgroupPlan plan, string file, IReadOnlyList<ThrottleDevice> devices)
    {
        foreach (ThrottleDevice device in devices)
            plan.Try(file, $"{device.Major}:{device.Minor} {device.Rate}");
    }
}
