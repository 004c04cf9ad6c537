// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text.Json;
using Northstar.Npk;

namespace Northstar.Runtime.Linux.Cgroups.V2;

/// <summary>The memory controller of version 2 (cgroup-v2.rst).</summary>
internal sealed class MemoryV2 : ICgroupController
{
    private static readonly MemorySettings s_none = new();

    public string Name => "memory";

    public void Plan(CgroupPlan plan, CgroupSettings settings, CgroupDefaults defaults, Func<string, bool> files)
    {
        MemorySettings memory = settings.Memory ?? s_none;
        if ((memory.HardLimit ?? defaults.MemoryBytes) is { } hard)
            plan.Require("memory.max", Limit(hard));

        // The soft limit became a protection: none is 0, the state of a new group, and not "max".
        if (memory.SoftLimit is >= 0 and { } soft)
            plan.Require("memory.low", Limit(soft));
        if ((memory.SwapLimit ?? defaults.SwapBytes) is { } swap)
            plan.Try("memory.swap.max", Limit(swap));
        Unsupported(plan, "kernel_memory_limit", memory.KernelMemoryLimit is not null);
        Unsupported(plan, "kernel_tcp_memory_limit", memory.KernelTcpMemoryLimit is not null);
        Unsupported(plan, "swappiness", memory.Swappiness is not null);
        plan.TryAttributes(Name, memory.Attrs);
    }

    public void WriteStatistics(Utf8JsonWriter writer, Func<string, string> read) => MemoryStatistics.WriteV2(writer, read);

    private static string Limit(long bytes) => bytes < 0 ? "max" : bytes.ToString(CultureInfo.InvariantCulture);

    private static void Unsupported(CgroupPlan plan, string setting, bool isGiven)
    {
        if (isGiven)
            plan.Warnings.Add($"memory {setting} exists in cgroup version 1 only and has no effect");
    }
}
