// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text.Json;
using Northstar.Npk;

namespace Northstar.Runtime.Linux.Cgroups.V2;

/// <summary>The cpu controller of version 2 (cgroup-v2.rst).</summary>
internal sealed class CpuV2 : ICgroupController
{
    private const ulong DefaultPeriod = 100_000;
    private static readonly CpuSettings s_none = new();

    public string Name => "cpu";

    public void Plan(CgroupPlan plan, CgroupSettings settings, CgroupDefaults defaults, Func<string, bool> files)
    {
        CpuSettings cpu = settings.Cpu ?? s_none;
        if (cpu.Shares is { } shares)
            plan.Require("cpu.weight", Weight(shares).ToString(CultureInfo.InvariantCulture), readBack: true);
        long? given = cpu.Quota ?? defaults.CpuQuota(cpu.Period ?? DefaultPeriod);
        if (given is not null || cpu.Period is not null)
        {
            string quota = given is { } limit and > 0 ? limit.ToString(CultureInfo.InvariantCulture) : "max";
            plan.Require("cpu.max", $"{quota} {cpu.Period ?? DefaultPeriod}", readBack: true);
        }

        if (cpu.RealtimeRuntime is not null || cpu.RealtimePeriod is not null)
            plan.Warnings.Add("cpu realtime_runtime and realtime_period exist in cgroup version 1 only and have no effect");
        plan.TryAttributes(Name, cpu.Attrs);
    }

    public void WriteStatistics(Utf8JsonWriter writer, Func<string, string> read) => CpuStatistics.Write(writer, read);

    /// <summary>Converts shares of version 1 to a weight, so that 1024 becomes 100 and both ends of the scales meet.</summary>
    internal static ulong Weight(ulong shares)
    {
        if (shares <= 2)
            return 1;
        if (shares >= 262_144)
            return 10_000;
        double log = Math.Log2(shares);
        return (ulong)Math.Ceiling(Math.Pow(10, (((log * log) + (125 * log)) / 612) - (7.0 / 34)));
    }
}
