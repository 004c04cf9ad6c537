// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Npk;

namespace Northstar.Runtime.Linux.Cgroups;

/// <summary>The CPUs and memory nodes of a container; used only when a manifest names some. The files are the same in both versions.</summary>
internal sealed class CpusetController : ICgroupController
{
    internal const string CpusFile = "cpuset.cpus";
    internal const string MemsFile = "cpuset.mems";

    public string Name => "cpuset";

    public void Plan(CgroupPlan plan, CgroupSettings settings, CgroupDefaults defaults, Func<string, bool> files)
    {
        if (settings.Cpu?.Cpus is { } cpus)
            plan.Require(CpusFile, cpus);
        if (settings.Cpu?.Mems is { } mems)
            plan.Require(MemsFile, mems);
    }

    public void WriteStatistics(Utf8JsonWriter writer, Func<string, string> read)
    {
    }
}
