// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text.Json;
using Northstar.Npk;

namespace Northstar.Runtime.Linux.Cgroups.V1;

/// <summary>The cpu controller of version 1 (scheduler/sched-bwc.rst, scheduler/sched-rt-group.rst).</summary>
internal sealed class CpuV1 : ICgroupController
{
    private const ulong DefaultPeriod = 100_000;
    private static readonly CpuSettings s_none = new();

    public string Name => "cpu";

    public void Plan(CgroupPlan plan, CgroupSettings settings, CgroupDefaults defaults, Func<string, bool> files)
    {
        CpuSettings cpu = settings.Cpu ?? s_none;
        if (cpu.Shares is { } shares)
            plan.Require("cpu.shares", shares.ToString(CultureInfo.InvariantCulture), readBack: true);
        if (cpu.Period is { } period)
            plan.Require("cpu.cfs_period_us", period.ToString(CultureInfo.InvariantCulture), readBack: true);
        if ((cpu.Quota ?? defaults.CpuQuota(cpu.Period ?? DefaultPeriod)) is { } quota)
            plan.Require("cpu.cfs_quota_us", (quota <= 0 ? -1 : quota).ToString(CultureInfo.InvariantCulture), readBack: true);
        plan.TryAttributes(Name, cpu.Attrs);
    }

    public void WriteStatistics(Utf8JsonWriter writer, Func<string, string> read) => CpuStatistics.Write(writer, read);
}
