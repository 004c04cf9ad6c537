// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Runtime;

/// <summary>Configures a runtime. Relative paths start at the working directory of the process.</summary>
public sealed class RuntimeOptions
{
    /// <summary>Gets or sets the directory for what lives as long as the runtime. Must exist, be readable and writable.</summary>
    public string RunDirectory { get; set; } = "";

    /// <summary>Gets or sets the directory that holds the data of <c>persist</c> mounts, one directory for each container name.</summary>
    public string DataDirectory { get; set; } = "";

    /// <summary>Gets or sets the directory of the containers' sockets. Null: <c>sockets</c> in <see cref="RunDirectory"/>, made at start and removed at shutdown.</summary>
    public string? SocketDirectory { get; set; }

    /// <summary>Gets or sets the directory for files of debug tools, or null when there are none.</summary>
    public string? LogDirectory { get; set; }

    /// <summary>Gets or sets the file that every record of the category <c>Northstar.Audit</c> is appended to, whatever levels the log has; null for none.</summary>
    public string? AuditFile { get; set; }

    /// <summary>Gets or sets the top-level cgroup, a path relative to the root of each cgroup hierarchy.</summary>
    public string Cgroup { get; set; } = "";

    /// <summary>Gets or sets how many requests and events may wait for the engine; at least 1. Full means that senders wait.</summary>
    public int EventBufferSize { get; set; } = 256;

    /// <summary>Gets or sets how many notifications a connection may lag behind before it is closed; at least 1.</summary>
    public int NotificationBufferSize { get; set; } = 128;

    /// <summary>Gets or sets the limit for getting a loop device.</summary>
    public TimeSpan LoopDeviceTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets or sets the limit of the wait for the node of a new device-mapper device.</summary>
    public TimeSpan DeviceMapperDeviceTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets or sets which of several matching resource versions is taken.</summary>
    public ResourceSelection ResourceSelection { get; set; } = ResourceSelection.Highest;

    /// <summary>Gets or sets what a bind mount does whose source is missing.</summary>
    public MissingBind MissingBind { get; set; } = MissingBind.Skip;

    /// <summary>Gets or sets which seccomp filter a container without a <c>seccomp</c> section gets.</summary>
    public SeccompDefault Seccomp { get; set; } = SeccompDefault.Default;

    /// <summary>Gets or sets how images of repositories with a key are protected.</summary>
    public IntegrityMode Integrity { get; set; } = IntegrityMode.Auto;

    /// <summary>Gets or sets the limit of processes for containers that name none; 0 is no limit.</summary>
    public uint DefaultPids { get; set; } = 1024;

    /// <summary>Gets the resource limits (getrlimit(2)) for containers whose manifest does not name that resource. Without one it is the runtime's own limit.</summary>
    public IDictionary<RlimitResource, Rlimit> DefaultRlimits { get; } = new SortedDictionary<RlimitResource, Rlimit>();

    /// <summary>Gets or sets the memory limit in bytes for containers that name none; null is no limit.</summary>
    public ulong? DefaultMemoryBytes { get; set; }

    /// <summary>Gets or sets how many bytes a container that names no limit may swap, beside its memory limit; null is no limit.</summary>
    public ulong? DefaultSwapBytes { get; set; }

    /// <summary>Gets or sets the processor time a second for containers that name no quota: two seconds are two whole processors. Null is no limit, else at least 10 ms.</summary>
    public TimeSpan? DefaultCpu { get; set; }

    /// <summary>Gets or sets the real-time time a second for containers with a real-time policy that name no budget (cgroup v1).</summary>
    public TimeSpan RealtimeBudget { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Gets or sets a value indicating whether the process of the runtime makes itself not dumpable: no core file of it is written, and only
    /// who has CAP_SYS_PTRACE may trace it or look into its memory (PR_SET_DUMPABLE, prctl(2)). It concerns the whole process for good, so
    /// it is off unless the process is there for the runtime alone.
    /// </summary>
    public bool ProtectProcess { get; set; }

    /// <summary>Gets or sets the path of <c>northstar-init</c>. Null: beside the application, or among its native assets.</summary>
    public string? InitPath { get; set; }

    /// <summary>Gets the repositories by id; ids are case-sensitive.</summary>
    public IDictionary<string, RepositoryOptions> Repositories { get; } = new SortedDictionary<string, RepositoryOptions>(StringComparer.Ordinal);

    /// <summary>Gets the console settings.</summary>
    public ConsoleOptions Console { get; } = new();

    /// <summary>Gets the host's policy, rules by name. Empty, the default: a manifest may ask for anything.</summary>
    public IDictionary<string, HostPolicyRule> Policy { get; } = new SortedDictionary<string, HostPolicyRule>(StringComparer.Ordinal);

    /// <summary>Gets the debug settings.</summary>
    public DebugOptions Debug { get; } = new();
}
