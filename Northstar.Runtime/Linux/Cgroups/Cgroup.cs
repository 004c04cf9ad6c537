// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.ExceptionServices;
using System.Text.Json;
using Northstar.Npk;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux.Cgroups;

/// <summary>The group of one container, in every hierarchy that it needs. It lives until <see cref="RemoveAsync"/>.</summary>
internal sealed class Cgroup
{
    private readonly CgroupFileSystem _files;
    private readonly CgroupRemoval _removal;
    private readonly MemoryEventLoop _events;
    private CgroupMember[] _members = []; // replaced, never changed: statistics are read while the group is removed
    private readonly List<string> _warnings = [];
    private readonly List<SafeFd> _joinDescriptors = [];
    private IDisposable? _monitor;

    internal Cgroup(CgroupFileSystem files, CgroupRemoval removal, MemoryEventLoop events, string path)
    {
        _files = files;
        _removal = removal;
        _events = events;
        RelativePath = path;
    }

    /// <summary>Gets the path relative to the root of each hierarchy.</summary>
    internal string RelativePath { get; }

    /// <summary>Gets the directories.</summary>
    internal IReadOnlyList<CgroupMember> Members => _members;

    /// <summary>Gets texts about settings that have no effect on this machine, for the log.</summary>
    internal IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Gets the open files, one for each hierarchy of version 1, to each of which a process with one thread writes <c>0</c> to join. They stay this object's.</summary>
    internal IReadOnlyList<SafeFd> JoinDescriptors => _joinDescriptors;

    /// <summary>Gets the directory in the hierarchy of version 2, which init is born in; null when that is not used. It stays this object's.</summary>
    internal SafeFd? BirthDirectory { get; private set; }

    /// <summary>Gets what is called when the group is gone from every hierarchy.</summary>
    internal Action? Removed { get; init; }

    /// <summary>Closes <see cref="JoinDescriptors"/> and <see cref="BirthDirectory"/> once the process has joined.</summary>
    internal void CloseJoinDescriptors()
    {
        _joinDescriptors.ForEach(static descriptor => descriptor.Dispose());
        _joinDescriptors.Clear();
        BirthDirectory?.Dispose();
        BirthDirectory = null;
    }

    /// <summary>Writes the statistics as one object with a member for each controller that has some (console protocol 11.3).</summary>
    internal void WriteStatistics(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        foreach (CgroupMember member in _members)
        {
            foreach (ICgroupController controller in member.Controllers)
                controller.WriteStatistics(writer, file => _files.Read(member.Directory, file));
        }

        writer.WriteEndObject();
    }

    /// <summary>Reads what the processes of the group consume.</summary>
    internal CgroupUsage ReadUsage()
    {
        CgroupMember[] members = _members;
        return CgroupUsage.Read(
            file => members.Select(member => _files.Read(member.Directory, file)).FirstOrDefault(static text => text.Length > 0, ""),
            pid => _files.Read("/proc/" + pid, "stat"));
    }

    /// <summary>Watches for memory events until the group is removed.</summary>
    /// <param name="callback">Gets the events on a thread of its own; it must neither block nor throw.</param>
    /// <exception cref="LinuxException">The machine has no memory controller, or the kernel refuses.</exception>
    internal void StartMemoryMonitor(Action<MemoryEvents> callback)
    {
        CgroupMember memory = Array.Find(_members, static m => m.Controllers.Any(static c => c.Name == "memory"))
            ?? throw new LinuxException((int)Errno.EOPNOTSUPP, "watch the memory controller of cgroup", RelativePath);
        _monitor?.Dispose();
        _monitor = memory.Hierarchy.IsUnified
            ? _events.WatchCounters(_files, memory.Directory, callback)
            : _events.WatchOutOfMemory(_files, memory.Directory, callback);
    }

    /// <summary>Tells whether a process of the group has an identity (<see cref="ProcessIdentity"/>).</summary>
    internal bool Holds(ulong identity) =>
        _members is [CgroupMember first, ..] && ProcessIdentity.IsAmong(() => _removal.Processes(first.Directory), identity);

    /// <summary>Kills every process of the group.</summary>
    internal void Kill() => Array.ForEach(_members, member => _removal.Kill(member.Directory));

    /// <summary>Removes the group from every hierarchy. What is still in it is killed.</summary>
    /// <exception cref="LinuxException">A directory is still busy after some seconds; the others are gone. May be called again.</exception>
    internal async ValueTask RemoveAsync()
    {
        // Before the directory: version 1 also signals its removal.
        _monitor?.Dispose();
        _monitor = null;
        CloseJoinDescriptors();
        LinuxException? first = null;
        foreach (CgroupMember member in Enumerable.Reverse(_members))
        {
            try
            {
                // Processes that do not die are in every hierarchy: one wait for them is enough.
                await _removal.RemoveAsync(member.Directory, mayKill: true, isPatient: first is null).ConfigureAwait(false);
                _members = [.. _members.Where(m => m != member)];
            }
            catch (LinuxException e)
            {
                first ??= e;
            }
        }

        if (first is not null)
            ExceptionDispatchInfo.Throw(first);
        Removed?.Invoke();
    }

    internal void Add(CgroupMember member) => _members = [.. _members, member];

    /// <summary>Writes the limits.</summary>
    internal void Apply(CgroupSettings settings, CgroupDefaults defaults)
    {
        foreach (CgroupMember member in _members)
        {
            foreach (ICgroupController controller in member.Controllers)
            {
                var plan = new CgroupPlan();
                controller.Plan(plan, settings, defaults, file => _files.Has(member.Directory, file));
                _warnings.AddRange(plan.Warnings);
                plan.Writes.ForEach(write => Apply(member.Directory, write));
            }
        }

        WarnWithout(settings.Memory is not null || defaults.MemoryBytes is not null, "memory", "memory");
        WarnWithout(settings.Cpu is not null || defaults.Cpu is not null, "cpu", "cpu");
        WarnWithout(settings.Blkio is not null, "blkio", "io");
        WarnWithout(settings.Cpu?.Cpus is not null || settings.Cpu?.Mems is not null, "cpuset", "cpuset");
        WarnWithout(defaults.Pids > 0, "pids", "pids");
    }

    internal void OpenJoinDescriptors()
    {
        foreach (CgroupMember member in _members)
        {
            if (member.Hierarchy.IsUnified)
            {
                BirthDirectory = Descriptors.Open(member.Directory, Sys.O_RDONLY | Sys.O_DIRECTORY);
            }
            else
            {
                _joinDescriptors.Add(_files.Open(member.Directory, "tasks", Sys.O_WRONLY)); // cgroup.procs would wait for a grace period
            }
        }
    }

    /// <summary>Removes what was made of a group that could not be made whole, as far as possible.</summary>
    internal async ValueTask AbandonAsync()
    {
        try
        {
            await RemoveAsync().ConfigureAwait(false);
        }
        catch (LinuxException)
        {
            // The error that led here is the one to report.
        }
    }

    private void Apply(string directory, CgroupWrite write)
    {
        try
        {
            _files.Write(directory, write.File, write.Text);
        }
        catch (LinuxException e) when (!write.IsRequired)
        {
            _warnings.Add($"cgroup setting {write.File} = '{write.Text}' has no effect; {e.Message}");
            return;
        }

        if (write.MustReadBack && _files.Read(directory, write.File).Trim() is { } actual && actual != write.Text)
            throw new LinuxException((int)Errno.ERANGE, "write", Path.Combine(directory, write.File), $"{write.Text}' became '{actual}");
    }

    private void WarnWithout(bool isWanted, string v1Name, string v2Name)
    {
        if (isWanted && !Array.Exists(_members, m => m.Controllers.Any(c => c.Name == v1Name || c.Name == v2Name)))
            _warnings.Add($"the {v1Name} limits of cgroup {RelativePath} have no effect: the machine has no {v2Name} controller");
    }
}
