// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text;
using System.Text.Json;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Runtime.Linux.Cgroups;

namespace Northstar.Tests.Runtime.Cgroups;

/// <summary>A folder that behaves like the hierarchies of one version: new groups get their files, writes replace, removal minds what is busy.</summary>
internal sealed class CgroupFixture : CgroupFileSystem, IDisposable
{
    private const int NoEntry = 2;
    private const int Busy = 16;
    private const int Invalid = 22;

    private static readonly Dictionary<string, string[]> s_files = new()
    {
        ["blkio"] =
        [
            "blkio.weight=500\n", "blkio.leaf_weight=500\n", "blkio.weight_device=", "blkio.leaf_weight_device=", "blkio.bfq.weight=100\n", "blkio.bfq.weight_device=",
            "blkio.throttle.read_bps_device=", "blkio.throttle.write_bps_device=", "blkio.throttle.read_iops_device=", "blkio.throttle.write_iops_device=",
            "blkio.throttle.io_serviced=8:0 Read 5\n8:0 Write 2\n8:0 Total 7\n259:70000 Read 9\nTotal 16\n", "blkio.time=8:0 123\n",
        ],
        ["memory"] =
        [
            "memory.limit_in_bytes=9223372036854771712\n", "memory.soft_limit_in_bytes=9223372036854771712\n", "memory.memsw.limit_in_bytes=9223372036854771712\n",
            "memory.kmem.limit_in_bytes=-1\n", "memory.kmem.tcp.limit_in_bytes=-1\n", "memory.swappiness=0\n", "memory.usage_in_bytes=4096\n", "memory.oom_control=oom_kill_disable 0\nunder_oom 1\noom_kill 3\n", "cgroup.event_control=",
            "memory.numa_stat=total=12 N0=7 N1=5\nfile=1 N0=1 N1=0\nhierarchical_total=20 N0=12 N1=8\n",
            "memory.stat=cache 100\nrss 50\nhierarchical_memory_limit 9223372036854771712\ntotal_cache 300\n",
        ],
        ["cpu"] = ["cpu.shares=1024\n", "cpu.cfs_period_us=100000\n", "cpu.cfs_quota_us=-1\n", "cpu.rt_runtime_us=0\n", "cpu.rt_period_us=1000000\n", "cpu.stat=nr_periods 0\n"],
        ["pids"] = ["pids.max=max\n"],
        ["cpuset"] = ["cpuset.cpus=", "cpuset.mems="],
        ["devices"] = ["devices.allow=", "devices.deny=", "devices.list=a *:* rwm\n"],
        ["unified"] =
        [
            "cgroup.controllers=cpuset cpu io memory pids\n", "cgroup.subtree_control=", "cgroup.kill=", "cpu.weight=100\n", "cpu.max=max 100000\n", "cpu.stat=usage_usec 7\n",
            "memory.max=max\n", "memory.low=0\n", "memory.swap.max=max\n", "memory.swap.current=77\n", "memory.current=4096\n", "memory.peak=8192\n", "memory.events=low 0\noom 0\n",
            "memory.high=max\n", "memory.stat=anon 10\nshmem 9\nfuture_counter 1\n", "io.weight=default 100\n", "io.bfq.weight=default 100\n", "io.max=", "io.stat=8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n", "pids.max=max\n", "cpuset.cpus=\n", "cpuset.mems=\n",
        ],
    };

    /// <summary>Makes the hierarchies of one version.</summary>
    internal CgroupFixture(int version)
        : this(version == 1 ? ["blkio", "memory", "cpu", "pids", "cpuset", "devices"] : ["unified"]) => Version = version;

    private CgroupFixture(string[] names, string offered = "io pids")
    {
        var mountinfo = new StringBuilder("22 1 0:20 / /proc rw - proc proc rw\n");
        foreach (string name in names)
        {
            Hierarchies.Add(name);
            MakeDirectory(Path.Combine(Root, name));
            mountinfo.Append(null, $"30 22 0:30 / {Root}/{name} rw,relatime shared:9 - {(name == "unified" ? "cgroup2 cgroup2 rw" : "cgroup cgroup rw," + name)}\n");
        }

        if (names.Contains("cpuset"))
        {
            File.WriteAllText(Path.Combine(Root, "cpuset", "cpuset.cpus"), "0-3\n");
            File.WriteAllText(Path.Combine(Root, "cpuset", "cpuset.mems"), "0\n");
        }

        if (names.Contains("cpu"))
            File.WriteAllText(Path.Combine(Root, "cpu", "cpu.rt_runtime_us"), "950000\n");
        if (names.Length > 1 && names.Contains("unified"))
            File.WriteAllText(Path.Combine(Root, "unified", "cgroup.controllers"), offered + "\n");

        Mountinfo = mountinfo.ToString();
        Manager = Reopen();
    }

    /// <summary>Makes a machine that has memory and cpu in version 1, and the rest in version 2.</summary>
    internal static CgroupFixture Hybrid() => new(["memory", "cpu", "unified"]);

    /// <summary>Makes a machine whose controllers are those of version 1, but that of devices, which it lacks or has; version 2 is mounted beside them and offers none.</summary>
    internal static CgroupFixture HybridWithEmptyUnified(bool hasDevices) => new(hasDevices ? ["memory", "devices", "unified"] : ["memory", "unified"], "");

    internal string Mountinfo { get; }

    internal int Version { get; }

    internal string Root { get; } = Directory.CreateTempSubdirectory("northstar-cgroups-").FullName;

    internal List<string> Hierarchies { get; } = [];

    internal CgroupManager Manager { get; }

    internal CgroupDefaults Defaults { get; set; } = new(1024, null);

    internal List<string> Writes { get; } = [];

    /// <summary>Gets how often the removal of a directory is refused, by path.</summary>
    internal Dictionary<string, int> BusyDirectories { get; } = [];

    /// <summary>Gets or sets what happens once before the next file is read.</summary>
    internal Action? OnRead { get; set; }

    /// <summary>Gets the files that this machine does not have.</summary>
    internal HashSet<string> Absent { get; } = [];

    /// <summary>Gets or sets the file to which writes fail.</summary>
    internal string? Refused { get; set; }

    /// <summary>Gets or sets why groups of version 2 cannot filter devices, from the next <see cref="Reopen"/> on.</summary>
    internal string? CannotFilter { get; set; }

    internal static ContainerName Name { get; } = ContainerName.Parse("test-container");

    internal string Group(string hierarchy, string path) => Path.Combine(Root, Version == 1 ? hierarchy : "unified", path);

    internal string Text(string hierarchy, string file, string path = "top/test-container") => File.ReadAllText(Path.Combine(Group(hierarchy, path), file)).Trim();

    internal ValueTask<Cgroup> CreateAsync(CgroupSettings? settings = null) => Manager.CreateAsync(Name, settings, Defaults);

    /// <summary>A manager as a runtime that starts on the same machine has it.</summary>
    internal CgroupManager Reopen() => CgroupManager.Open(Mountinfo, this, TimeProvider.System);

    /// <summary>Signals the eventfd whose number begins the text that was written for the kernel.</summary>
    internal static void SignalEventfd(string registration) =>
        Assert.That(Northstar.Runtime.Interop.Sys.eventfd_write(int.Parse(registration.Split(' ')[0], CultureInfo.InvariantCulture), 1), Is.Zero);

    /// <summary>All groups below the roots.</summary>
    internal string[] Groups() =>
        [.. Hierarchies.SelectMany(h => Directory.GetDirectories(Path.Combine(Root, h), "*", SearchOption.AllDirectories)).Select(p => Path.GetRelativePath(Root, p)).Order()];

    internal static JsonElement Statistics(Cgroup cgroup)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
            cgroup.WriteStatistics(writer);
        return JsonSerializer.Deserialize<JsonElement>(buffer.ToArray());
    }

    internal override bool MakeDirectory(string path)
    {
        if (!base.MakeDirectory(path))
            return false;
        string hierarchy = Path.GetRelativePath(Root, path).Split('/')[0];
        foreach (string file in s_files[hierarchy].Concat(["tasks=", "cgroup.procs="]))
        {
            string[] halves = file.Split('=', 2);
            if (!Absent.Contains(halves[0]))
                File.WriteAllText(Path.Combine(path, halves[0]), halves[1]);
        }

        return true;
    }

    internal override string Read(string directory, string file)
    {
        Action? once = OnRead;
        OnRead = null;
        once?.Invoke();
        return base.Read(directory, file);
    }

    internal override void RemoveDirectory(string path)
    {
        if (BusyDirectories.TryGetValue(path, out int times) && times > 0)
        {
            BusyDirectories[path] = times - 1;
            throw new LinuxException(Busy, "rmdir", path);
        }

        if (Directory.Exists(path) && Directory.GetDirectories(path).Length == 0)
            Array.ForEach(Directory.GetFiles(path), File.Delete);
        base.RemoveDirectory(path);
    }

    internal override void Write(string directory, string file, string text)
    {
        string path = Path.Combine(directory, file);
        if (file == Refused)
            throw new LinuxException(Invalid, "write", path, text);
        if (!File.Exists(path))
            throw new LinuxException(NoEntry, "open", path);
        Writes.Add($"{Path.GetRelativePath(Root, path)}={text}");
        File.WriteAllText(path, text + "\n");
    }

    internal override string? WhyNoDeviceFilter() => CannotFilter;

    internal override void FilterDevices(string directory, IEnumerable<DeviceGrant> grants)
    {
        if (CannotFilter is not null || Refused == "devices")
            throw new LinuxException(Invalid, "attach", directory);
        Writes.Add($"{Path.GetRelativePath(Root, directory)}/devices.filter={string.Join(", ", grants)}");
    }

    public void Dispose()
    {
        Manager.Dispose();
        Directory.Delete(Root, recursive: true);
    }
}
