// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Collections.Concurrent;
using System.Globalization;
using Northstar.Npk;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux.Cgroups;

/// <summary>Makes and removes the groups of the runtime. Thread safe after <see cref="CreateTop"/>.</summary>
internal sealed partial class CgroupManager : IDisposable
{
    private static readonly CgroupSettings s_noSettings = new();

    private readonly IReadOnlyList<CgroupHierarchy> _hierarchies;
    private readonly CgroupFileSystem _files;
    private readonly CgroupRemoval _removal;
    private readonly TimeProvider _timeProvider;
    private readonly MemoryEventLoop _events = new();
    private readonly Lock _gate = new();
    private readonly HashSet<(string Directory, string Controller)> _enabled = [];
    private readonly HashSet<string> _made = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _groups = new(StringComparer.Ordinal);
    private readonly bool _hasDevicesV1;

    /// <summary>The hierarchy of version 2 whose groups filter devices, when the controller of version 1 is not there.</summary>
    private readonly CgroupHierarchy? _filtering;
    private string[] _top = [];

    private CgroupManager(IReadOnlyList<CgroupHierarchy> hierarchies, CgroupFileSystem files, TimeProvider timeProvider)
    {
        _hierarchies = hierarchies;
        _files = files;
        _timeProvider = timeProvider;
        _removal = new CgroupRemoval(files, timeProvider);
        _hasDevicesV1 = hierarchies.Any(static h => h.Controllers.Any(static c => c.Name == V1.DevicesV1.ControllerName));
        if (!_hasDevicesV1 && hierarchies.FirstOrDefault(static h => h.IsUnified) is { } unified)
        {
            WhyNoDeviceFilter = files.WhyNoDeviceFilter() ?? "";
            _filtering = WhyNoDeviceFilter.Length == 0 ? unified : null;
        }
    }

    /// <summary>Gets the hierarchies in use, for the log: <c>memory cpu (v1 /sys/fs/cgroup/cpu)</c>.</summary>
    internal string Description =>
        string.Join(", ", _hierarchies.Select(static h => $"{string.Join(' ', h.Controllers.Select(static c => c.Name))} ({(h.IsUnified ? "v2" : "v1")} {h.Root})"));

    /// <summary>Gets a value indicating whether containers are in a hierarchy of version 2, where init is born in its group.</summary>
    internal bool UsesUnified => _hierarchies.Any(static h => h.IsUnified);

    /// <summary>Gets a value indicating whether containers are kept from devices by a cgroup; without it only by what their mounts show.</summary>
    internal bool FiltersDevices => _hasDevicesV1 || _filtering is not null;

    /// <summary>Gets why devices are not filtered, for the log.</summary>
    internal string WhyNoDeviceFilter { get; } = "cgroup v2 is not used";

    /// <summary>Finds the hierarchies of this machine.</summary>
    /// <exception cref="LinuxException">None is mounted.</exception>
    internal static CgroupManager Open() => Open(File.ReadAllText("/proc/self/mountinfo"), new CgroupFileSystem(), TimeProvider.System);

    /// <summary>Finds the hierarchies that a mountinfo file names.</summary>
    /// <exception cref="LinuxException">There is none.</exception>
    internal static CgroupManager Open(string mountinfo, CgroupFileSystem files, TimeProvider timeProvider)
    {
        IReadOnlyList<CgroupHierarchy> hierarchies = CgroupHierarchy.Find(CgroupMounts.Parse(mountinfo), files);
        return hierarchies.Count > 0
            ? new CgroupManager(hierarchies, files, timeProvider)
            : throw new LinuxException((int)Errno.ENOENT, "find a cgroup hierarchy in", "/proc/self/mountinfo");
    }

    /// <summary>Makes the runtime's own group in each hierarchy; one that exists is used.</summary>
    /// <param name="path">The path relative to the root of each hierarchy; empty for the root itself.</param>
    /// <exception cref="InvalidDataException">The path is absolute or leaves the hierarchy.</exception>
    internal void CreateTop(string path)
    {
        _top = CgroupPath.Split(path);
        foreach ((CgroupHierarchy hierarchy, IReadOnlyList<ICgroupController> controllers) in Needed(s_noSettings, new CgroupDefaults(1, null)))
            MakeParents(hierarchy, _top, controllers);
    }

    /// <summary>Makes the group of a container with its limits, and opens the files through which its init joins.</summary>
    /// <remarks>
    /// A directory of that name is left from a runtime that died. It is removed; processes in it are killed below the runtime's own group,
    /// while below a <c>parent</c> of the manifest they may be somebody else's and are an error.
    /// </remarks>
    /// <exception cref="LinuxException">A group could not be made, or a limit was refused. Nothing is left behind.</exception>
    /// <exception cref="InvalidDataException">The parent is absolute or leaves the hierarchy.</exception>
    internal async ValueTask<Cgroup> CreateAsync(ContainerName name, CgroupSettings? settings, CgroupDefaults defaults)
    {
        settings ??= s_noSettings;
        string[] parent = settings.Parent is { } path ? CgroupPath.Split(path) : _top;
        string relative = string.Join('/', [.. parent, name.ToString()]);
        var cgroup = new Cgroup(_files, _removal, _events, relative) { Removed = () => _groups.TryRemove(relative, out _) };
        _groups.TryAdd(relative, true);
        try
        {
            foreach ((CgroupHierarchy hierarchy, IReadOnlyList<ICgroupController> controllers) in Needed(settings, defaults))
            {
                string directory = Path.Combine(MakeParents(hierarchy, parent, controllers), name.ToString());
                await MakeFreshAsync(hierarchy, directory, mayKill: settings.Parent is null && _top.Length > 0).ConfigureAwait(false);
                cgroup.Add(new CgroupMember(hierarchy, directory, Enabled(hierarchy, directory, controllers)));
            }

            cgroup.Apply(settings, defaults);
            if (cgroup.Members.FirstOrDefault(m => m.Hierarchy == _filtering) is { } member)
                _files.FilterDevices(member.Directory, DeviceGrant.Minimal.Concat(defaults.Devices));
            GiveRealtimeBudget(cgroup, settings, defaults);
            cgroup.OpenJoinDescriptors();
            return cgroup;
        }
        catch
        {
            await cgroup.AbandonAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Tells whether a process is in the group of a container, or in one below it; null when nobody knows.</summary>
    internal bool? IsManaged(int pid) =>
        _files.Read(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}"), "cgroup") is { Length: > 0 } text ? IsManaged(text) : null;

    /// <summary>Tells the same of the text of a file <c>/proc/PID/cgroup</c> (cgroups(7)): lines <c>id:controllers:path</c>.</summary>
    internal bool IsManaged(string text) => text.Split('\n').Select(static line => line.Split(':', 3)).Any(
        parts => parts.Length == 3 && _groups.Keys.Any(group => $"{parts[2]}/".Contains($"/{group}/", StringComparison.Ordinal)));

    /// <summary>Removes the runtime's own group and the parents that it made, as far as they are empty.</summary>
    /// <returns>The directories that are still in use and stay.</returns>
    internal IReadOnlyList<string> RemoveTop()
    {
        if (_isSomebodyElses)
            return [];
        lock (_gate)
        {
            if (_top.Length > 0)
                _made.UnionWith(_hierarchies.Select(h => Path.Combine([h.Root, .. _top])));
            List<string> left = [.. _made.OrderByDescending(static path => path.Length).Where(path => !_removal.TryRemoveEmpty(path))];
            _made.Clear();
            _enabled.Clear();
            return left;
        }
    }

    /// <summary>Stops watching memory events and lets other runtimes use the group. Groups stay.</summary>
    public void Dispose()
    {
        _events.Dispose();
        _locks.ForEach(static descriptor => descriptor.Dispose());
        _locks.Clear();
    }
}
