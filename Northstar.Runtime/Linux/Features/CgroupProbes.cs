// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Linux.Cgroups;

namespace Northstar.Runtime.Linux;

/// <summary>Asks for cgroup hierarchies and controllers, where they are mounted.</summary>
internal static class CgroupProbes
{
    private const string Mountinfo = "/proc/self/mountinfo";

    internal static string? Hierarchy() => Find().Count > 0 ? null : "no cgroup file system is mounted";

    /// <summary>Looks for a controller by its name in version 2.</summary>
    internal static string? Controller(string name)
    {
        string v1 = name == "io" ? "blkio" : name;
        return Find().Any(h => h.Controllers.Any(c => c.Name == (h.IsUnified ? name : v1)))
            ? null
            : "neither mounted (v1) nor in cgroup.controllers (v2)";
    }

    /// <summary>Looks for the controller of version 1, or for programs on groups of version 2.</summary>
    internal static string? Devices() =>
        Controller(Cgroups.V1.DevicesV1.ControllerName) is null ? null
        : Find().Any(static h => h.IsUnified) ? Cgroups.V2.DeviceFilter.WhyMissing()
        : "no devices controller (v1) is mounted, and no cgroup2 hierarchy whose groups could filter";

    /// <summary>Finds the hierarchies that the runtime uses.</summary>
    internal static IReadOnlyList<CgroupHierarchy> Find() =>
        CgroupHierarchy.Find(CgroupMounts.Parse(File.ReadAllText(Mountinfo)), new CgroupFileSystem());
}
