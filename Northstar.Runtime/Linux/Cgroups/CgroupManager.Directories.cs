// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Runtime.Linux.Cgroups;

internal sealed partial class CgroupManager
{
    // A hierarchy of which a container uses nothing gets no group, unless it is the only one.
    private IEnumerable<(CgroupHierarchy Hierarchy, IReadOnlyList<ICgroupController> Controllers)> Needed(CgroupSettings settings, CgroupDefaults defaults) =>
        _hierarchies
            .Select(hierarchy => (hierarchy, hierarchy.ControllersFor(settings, defaults)))
            .Where(needed => needed.Item2.Count > 0 || needed.hierarchy == _filtering || _hierarchies.Count == 1);

    // Makes the groups above a container. Each time, since somebody may have removed an empty one.
    private string MakeParents(CgroupHierarchy hierarchy, string[] names, IReadOnlyList<ICgroupController> controllers)
    {
        lock (_gate)
        {
            string directory = hierarchy.Root;
            Enable(hierarchy, directory, controllers);
            foreach (string name in names)
            {
                directory = Path.Combine(directory, name);
                MakeParent(hierarchy, directory);
                Enable(hierarchy, directory, controllers);
            }

            return directory;
        }
    }

    private void MakeParent(CgroupHierarchy hierarchy, string directory)
    {
        if (_files.MakeDirectory(directory))
        {
            _made.Add(directory);
            _enabled.RemoveWhere(entry => entry.Directory == directory);
        }

        InheritCpuset(hierarchy, directory);
    }

    // Version 2: a group may use only those controllers that the group above hands down. One at a time, since one refusal refuses all.
    private void Enable(CgroupHierarchy hierarchy, string directory, IReadOnlyList<ICgroupController> controllers)
    {
        if (!hierarchy.IsUnified)
            return;
        foreach (ICgroupController controller in controllers)
        {
            if (!_enabled.Add((directory, controller.Name)))
                continue;
            try
            {
                _files.Write(directory, "cgroup.subtree_control", "+" + controller.Name);
            }
            catch (LinuxException)
            {
                // What is missing then shows in the container's cgroup.controllers, and its settings become warnings.
            }
        }
    }

    private IReadOnlyList<ICgroupController> Enabled(CgroupHierarchy hierarchy, string directory, IReadOnlyList<ICgroupController> controllers)
    {
        if (!hierarchy.IsUnified)
            return controllers;
        string[] enabled = _files.Read(directory, "cgroup.controllers").Split([' ', '\n']);
        return [.. controllers.Where(controller => enabled.Contains(controller.Name))];
    }

    private async ValueTask MakeFreshAsync(CgroupHierarchy hierarchy, string directory, bool mayKill)
    {
        if (!_files.MakeDirectory(directory))
        {
            RealtimeBudget.Return(_files, directory);
            await _removal.RemoveAsync(directory, mayKill).ConfigureAwait(false);
            _files.MakeDirectory(directory);
        }

        try
        {
            InheritCpuset(hierarchy, directory);
        }
        catch
        {
            _removal.TryRemoveEmpty(directory);
            throw;
        }
    }

    private void InheritCpuset(CgroupHierarchy hierarchy, string directory)
    {
        if (!hierarchy.MustInheritCpuset)
            return;
        foreach (string file in (string[])[CpusetController.CpusFile, CpusetController.MemsFile])
        {
            if (_files.Read(directory, file).AsSpan().Trim().IsEmpty)
                _files.Write(directory, file, _files.Read(Path.GetDirectoryName(directory)!, file).Trim());
        }
    }

    private void GiveRealtimeBudget(Cgroup cgroup, CgroupSettings settings, CgroupDefaults defaults)
    {
        if (RealtimeBudget.From(settings.Cpu, defaults.RealtimeBudget) is not { } budget)
            return;
        CgroupMember? member = cgroup.Members.FirstOrDefault(static m => m.Controllers.Any(static c => c is V1.CpuV1));
        if (member is null || !_files.Has(member.Directory, RealtimeBudget.RuntimeFile))
            return;
        lock (_gate)
            budget.Apply(_files, member.Hierarchy.Root, member.Directory);
    }
}
