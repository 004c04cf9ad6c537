// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Npk;

namespace Northstar.Runtime.Linux.Cgroups.V1;

/// <summary>The devices controller of version 1: nothing may be opened or made but what is granted (cgroup-v1/devices.rst). It has no counters.</summary>
internal sealed class DevicesV1 : ICgroupController
{
    internal const string ControllerName = "devices";

    public string Name => ControllerName;

    public void Plan(CgroupPlan plan, CgroupSettings settings, CgroupDefaults defaults, Func<string, bool> files)
    {
        plan.Require("devices.deny", "a");
        foreach (DeviceGrant grant in DeviceGrant.Minimal.Concat(defaults.Devices))
            plan.Try("devices.allow", grant.ToString());
    }

    public void WriteStatistics(Utf8JsonWriter writer, Func<string, string> read)
    {
    }
}
