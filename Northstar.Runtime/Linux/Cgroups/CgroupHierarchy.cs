// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Runtime.Linux.Cgroups.V1;
using Northstar.Runtime.Linux.Cgroups.V2;

namespace Northstar.Runtime.Linux.Cgroups;

/// <summary>A mounted hierarchy and those of its controllers that are used.</summary>
/// <param name="Root">The mount point.</param>
/// <param name="IsUnified">Whether it is version 2.</param>
/// <param name="Controllers">The controllers, in the order in which settings are written.</param>
internal sealed record CgroupHierarchy(string Root, bool IsUnified, IReadOnlyList<ICgroupController> Controllers)
{
    /// <summary>Gets a value indicating whether a new group needs CPUs and memory nodes before a process can join.</summary>
    internal bool MustInheritCpuset => !IsUnified && Controllers.Any(static c => c is CpusetController);

    /// <summary>
    /// Finds the hierarchies that matter. A controller counts where version 1 has it mounted, else where version 2 offers it. Version 2 counts
    /// without any too when version 1 has no devices controller: programs on its groups filter devices then.
    /// </summary>
    internal static IReadOnlyList<CgroupHierarchy> Find(CgroupMounts mounts, CgroupFileSystem files)
    {
        ICgroupController[] v1 = [new BlkioV1(), new MemoryV1(), new CpuV1(), new PidsController(), new CpusetController(), new DevicesV1()];
        ICgroupController[] v2 = [new CpuV2(), new IoV2(), new MemoryV2(), new PidsController(), new CpusetController()];
        List<CgroupHierarchy> found =
        [
            .. v1.Where(controller => mounts.V1.ContainsKey(controller.Name))
                .GroupBy(controller => mounts.V1[controller.Name])
                .Select(static group => new CgroupHierarchy(group.Key, false, [.. group])),
        ];
        if (mounts.Unified is { } root)
        {
            string[] offered = files.Read(root, "cgroup.controllers").Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
            var unified = new CgroupHierarchy(root, true, [.. v2.Where(controller => offered.Contains(controller.Name))]);
            if (unified.Controllers.Count > 0 || !mounts.V1.ContainsKey(DevicesV1.ControllerName))
                found.Add(unified);
        }

        return found;
    }

    /// <summary>Returns the controllers that a container with these settings uses.</summary>
    internal IReadOnlyList<ICgroupController> ControllersFor(CgroupSettings settings, CgroupDefaults defaults) =>
        [.. Controllers.Where(controller => controller switch
        {
            CpusetController => settings.Cpu?.Cpus is not null || settings.Cpu?.Mems is not null,
            PidsController => defaults.Pids > 0,
            _ => true,
        })];
}
