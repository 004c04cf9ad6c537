// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Npk;

namespace Northstar.Runtime.Linux.Cgroups.V2;

/// <summary>The io controller of version 2 (cgroup-v2.rst).</summary>
internal sealed class IoV2 : ICgroupController
{
    public string Name => "io";

    public void Plan(CgroupPlan plan, CgroupSettings settings, CgroupDefaults defaults, Func<string, bool> files)
    {
        if (settings.Blkio is not { } blkio)
            return;
        string weightFile = !files("io.bfq.weight") && files("io.weight") ? "io.weight" : "io.bfq.weight";
        if (blkio.Weight is { } weight)
            plan.Try(weightFile, $"{weight}");
        foreach (WeightDevice device in blkio.WeightDevice.Where(static d => d.Weight is not null))
            plan.Try(weightFile, $"{device.Major}:{device.Minor} {device.Weight}");
        if (blkio.LeafWeight is not null || blkio.WeightDevice.Any(static d => d.LeafWeight is not null))
            plan.Warnings.Add("blkio leaf_weight exists in cgroup version 1 only and has no effect");

        Throttle(plan, "rbps", blkio.ThrottleReadBps);
        Throttle(plan, "wbps", blkio.ThrottleWriteBps);
        Throttle(plan, "riops", blkio.ThrottleReadIops);
        Throttle(plan, "wiops", blkio.ThrottleWriteIops);
        if (blkio.Attrs.Count > 0)
            plan.Warnings.Add("blkio attrs have no effect");
    }

    public void WriteStatistics(Utf8JsonWriter writer, Func<string, string> read) => BlkioStatistics.Write(writer, read);

    private static void Throttle(CgroupPlan plan, string key, IReadOnlyList<ThrottleDevice> devices)
    {
        foreach (ThrottleDevice device in devices)
            plan.Try("io.max", $"{device.Major}:{device.Minor} {key}={device.Rate}");
    }
}
