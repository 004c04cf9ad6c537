// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text.Json;
using Northstar.Npk;

namespace Northstar.Runtime.Linux.Cgroups.V1;

/// <summary>The memory controller of version 1 (cgroup-v1/memory.rst).</summary>
internal sealed class MemoryV1 : ICgroupController
{
    private static readonly MemorySettings s_none = new();

    public string Name => "memory";

    public void Plan(CgroupPlan plan, CgroupSettings settings, CgroupDefaults defaults, Func<string, bool> files)
    {
        MemorySettings memory = settings.Memory ?? s_none;
        long? hard = memory.HardLimit ?? defaults.MemoryBytes;
        if (hard is { } limit)
            plan.Require("memory.limit_in_bytes", Text(limit));
        if (memory.SoftLimit is { } soft)
            plan.Require("memory.soft_limit_in_bytes", Text(soft));
        if (memory.KernelMemoryLimit is { } kernel)
            plan.Try("memory.kmem.limit_in_bytes", Text(kernel));
        // Memory and swap together: without a limit of memory there is none of swap alone.
        if ((memory.SwapLimit ?? (hard >= 0 ? hard + defaults.SwapBytes : null)) is { } swap)
            plan.Try("memory.memsw.limit_in_bytes", Text(swap));
        if (memory.KernelTcpMemoryLimit is { } tcp)
            plan.Try("memory.kmem.tcp.limit_in_bytes", Text(tcp));
        if (memory.Swappiness is { } swappiness)
            plan.Try("memory.swappiness", swappiness.ToString(CultureInfo.InvariantCulture));
        plan.TryAttributes(Name, memory.Attrs);
    }

    public void WriteStatistics(Utf8JsonWriter writer, Func<string, string> read) => MemoryStatistics.WriteV1(writer, read);

    private static string Text(long bytes) => bytes.ToString(CultureInfo.InvariantCulture);
}
