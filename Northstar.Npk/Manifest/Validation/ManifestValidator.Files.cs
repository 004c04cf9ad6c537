// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>What reaches into file systems: mounts, sockets, cgroup files.</summary>
internal sealed partial class ManifestValidator
{
    private readonly HashSet<(string Outer, string Inner)> _overlaps = [];

    private void CheckMounts()
    {
        CheckForeignOverlap();
        foreach ((string target, Mount mount) in _manifest.Mounts)
        {
            string field = DiagnosticList.Member("mounts", target, isData: true);
            CheckTarget(target, mount, field);
            if (mount is Mount.Bind { Host: var host })
            {
                CheckHost(host, field + ".host");
            }
            else if (mount is Mount.Resource resource)
            {
                CheckResourceMount(resource, field);
            }
        }

        CheckNesting();
    }

    private void CheckHost(string host, string field)
    {
        if (Components(host).Contains(".."))
        {
            _found.Error("H09", field, "a path must not contain '..'");
        }
        else if (!host.StartsWith('/'))
        {
            WarnWhenPacking("H09", field, "a relative path depends on where the runtime was started");
        }
    }

    private void CheckTarget(string target, Mount mount, string field)
    {
        if (Bytes(target) > ManifestLimits.Path)
        {
            _found.Error("H09", field, $"the target is longer than the {ManifestLimits.Path} bytes that a path may have");
        }

        if (!target.StartsWith('/'))
        {
            if (mount is Mount.Bind)
            {
                _found.Error("V11", field, "the target of a bind mount begins with '/'");
            }
            else
            {
                Strict("H09", field, "the target of a mount begins with '/'");
            }
        }
        else if (target == "/" || target != "/" + string.Join('/', Components(target)))
        {
            Strict("H09", field, "the target of a mount is a path below '/' without '.', repeated slashes or one at the end");
        }

        if (Components(target).Contains(".."))
        {
            _found.Error("H09", field, "a path must not contain '..'");
        }
    }

    private void CheckResourceMount(Mount.Resource resource, string field)
    {
        if (resource.Options.HasFlag(MountOptions.Recursive))
        {
            _found.Error("V13", field + ".options", "'rec' is for bind mounts only");
        }

        if (!resource.Directory.StartsWith('/'))
        {
            _found.Error("V14", field + ".dir", "it begins with '/'");
        }
        else if (Components(resource.Directory).Contains(".."))
        {
            _found.Error("H09", field + ".dir", "a path must not contain '..'");
        }
        else if (resource.Directory != "/" + string.Join('/', Components(resource.Directory)))
        {
            Strict("H09", field + ".dir", "it is a path without '.', repeated slashes or one at the end");
        }

        if (!resource.Name.IsUsable)
        {
            _found.Error("H08", field + ".name", $"a name has at most {ContainerName.MaxLength} characters and not dots alone, so that no such resource exists");
        }
    }

    /// <summary>Compares each bind target with the one before it in byte order, as packages of the reference were checked.</summary>
    private void CheckForeignOverlap()
    {
        string? previous = null;
        foreach (string target in _manifest.Mounts.Keys.Where(target => _manifest.Mounts[target] is Mount.Bind).Order(Utf8Order.Instance))
        {
            if (previous is not null && IsPrefix(Components(previous), Components(target)))
            {
                ReportOverlap(previous, target);
            }

            previous = target;
        }
    }

    /// <summary>
    /// Compares every two targets: nothing lies within proc or sysfs, and in a new package bind mounts do not nest and no two targets are the same.
    /// </summary>
    private void CheckNesting()
    {
        string[] targets = [.. _manifest.Mounts.Keys.Where(static target => Bytes(target) <= ManifestLimits.Path).Order(Utf8Order.Instance)];
        var byPath = targets.ToLookup(static target => "/" + string.Join('/', Components(target)), StringComparer.Ordinal);
        foreach (string target in targets)
        {
            string[] parts = Components(target);
            for (int length = 1; length <= parts.Length; length++)
            {
                foreach (string outer in byPath["/" + string.Join('/', parts[..length])])
                {
                    CheckPair(outer, target, same: length == parts.Length);
                }
            }
        }
    }

    private void CheckPair(string outer, string inner, bool same)
    {
        (Mount outerMount, Mount innerMount) = (_manifest.Mounts[outer], _manifest.Mounts[inner]);
        if (outer == inner || (same && Utf8Order.Instance.Compare(outer, inner) > 0))
        {
            return;
        }

        if (same || (outerMount is Mount.Bind && innerMount is Mount.Bind))
        {
            if (_forPacking && !_overlaps.Contains((outer, inner)))
            {
                ReportOverlap(outer, inner);
            }
        }
        else if (outerMount is Mount.Proc or Mount.Sysfs)
        {
            Strict("H09", DiagnosticList.Member("mounts", inner, isData: true), $"nothing can be mounted within '{outer}'");
        }
    }

    private void ReportOverlap(string outer, string inner)
    {
        _overlaps.Add((outer, inner));
        _found.Error("V12", DiagnosticList.Member("mounts", inner, isData: true), $"it overlaps with '{outer}'");
    }

    private static string[] Components(string path) => [.. path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(c => c != ".")];

    /// <summary>Tells whether a path is the other one or lies around it; <c>/</c> never counts.</summary>
    private static bool IsPrefix(string[] outer, string[] inner) => outer.Length > 0 && inner.AsSpan().StartsWith(outer);

    private void CheckSockets()
    {
        foreach ((string name, ContainerSocket socket) in _manifest.Sockets)
        {
            string field = DiagnosticList.Member("sockets", name, isData: true);
            if (!IsPathComponent(name) || name.Contains('=', StringComparison.Ordinal))
            {
                _found.Error("H09", field, "the name of a socket is one path component without '='");
            }

            if (1 + Bytes($"{_manifest.Id}:{name}") > ManifestLimits.SocketPath)
            {
                Strict("H09", field, $"its file '{_manifest.Id}:{name}' is longer than the {ManifestLimits.SocketPath} bytes that a socket address holds");
            }

            if (socket.Uid == 0 || socket.Gid == 0)
            {
                WarnWhenPacking("D03", field, "the socket belongs to root");
            }

            if (socket.Mode > ManifestLimits.SocketMode)
            {
                WarnWhenPacking("H09", field + ".mode", "only the nine permission bits have a meaning for a socket");
            }
        }
    }

    private void CheckCgroups()
    {
        if (_manifest.Cgroups is not { } cgroups)
        {
            return;
        }

        if (cgroups.Parent is { } parent
            && (parent.StartsWith('/') || Components(parent).Length == 0 || Components(parent).Contains("..") || parent.Contains('\0', StringComparison.Ordinal)))
        {
            _found.Error("H09", "cgroups.parent", "the parent group is a relative path without '..'");
        }

        CheckAttributes("cgroups.cpu.attrs", cgroups.Cpu?.Attrs, "cpu.", "cpuacct.", "cpuset.");
        CheckAttributes("cgroups.memory.attrs", cgroups.Memory?.Attrs, "memory.");
        CheckAttributes("cgroups.blkio.attrs", cgroups.Blkio?.Attrs, "blkio.", "io.");
        if (cgroups.Blkio is { Attrs.Count: > 0 })
        {
            WarnWhenPacking("D15", "cgroups.blkio.attrs", "these have no effect");
        }
    }

    private void CheckAttributes(string path, IReadOnlyDictionary<string, string>? attributes, params string[] prefixes)
    {
        foreach (string name in attributes?.Keys ?? [])
        {
            if (!IsPathComponent(name) || !Array.Exists(prefixes, p => name.StartsWith(p, StringComparison.Ordinal)))
            {
                _found.Error(
                    "H09", DiagnosticList.Member(path, name, isData: true), $"it must name a file of the controller, beginning with {string.Join(" or ", prefixes)}");
            }
        }
    }

    private void CheckExtensions()
    {
        ManifestExtensions extensions = _manifest.Extensions;
        if (extensions.MinimumVersion > _manifest.Version)
        {
            _found.Error("X04", "custom.northstar.minimum_version", $"{extensions.MinimumVersion} is above {_manifest.Version}, the version of the package itself");
        }

        CheckTargets("required", extensions.RequiredMounts);
        CheckTargets("optional", extensions.OptionalMounts);
        for (int i = 0; i < extensions.OptionalMounts.Count; i++)
        {
            if (extensions.RequiredMounts.Contains(extensions.OptionalMounts[i]))
            {
                _found.Error("X02", DiagnosticList.Item("custom.northstar.optional", i), $"'{extensions.OptionalMounts[i]}' is required too");
            }
        }

        if (extensions.Devices.Count > ManifestLimits.DeviceRules)
        {
            _found.Error("X03", "custom.northstar.devices", $"there are {extensions.Devices.Count} rules, more than {ManifestLimits.DeviceRules}");
        }

        for (int i = 0; i < extensions.Devices.Count; i++)
        {
            if (extensions.Devices[i] is DeviceRule.Node { Path: var path }
                && (!path.StartsWith("/dev/", StringComparison.Ordinal) || path != "/" + string.Join('/', Components(path)) || Components(path).Contains("..")
                    || Bytes(path) > ManifestLimits.Path))
            {
                _found.Error("X03", DiagnosticList.Item("custom.northstar.devices", i) + ".path", "it is a path below '/dev' without '..', '.', repeated slashes or one at the end");
            }
        }
    }

    private void CheckTargets(string key, IReadOnlyList<string> targets)
    {
        for (int i = 0; i < targets.Count; i++)
        {
            if (!_manifest.Mounts.TryGetValue(targets[i], out Mount? mount) || mount is not Mount.Bind)
            {
                _found.Error("X02", DiagnosticList.Item($"custom.northstar.{key}", i), $"'{targets[i]}' is the target of no bind mount");
            }
        }
    }
}
