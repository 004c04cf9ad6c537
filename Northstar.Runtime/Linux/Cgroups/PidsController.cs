// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text.Json;
using Northstar.Npk;

namespace Northstar.Runtime.Linux.Cgroups;

/// <summary>The number of processes and threads, the same in both versions (cgroup-v1/pids.rst).</summary>
internal sealed class PidsController : ICgroupController
{
    public string Name => "pids";

    public void Plan(CgroupPlan plan, CgroupSettings settings, CgroupDefaults defaults, Func<string, bool> files)
    {
        if (defaults.Pids > 0)
            plan.Require("pids.max", defaults.Pids.ToString(CultureInfo.InvariantCulture));
    }

    public void WriteStatistics(Utf8JsonWriter writer, Func<string, string> read)
    {
    }
}
