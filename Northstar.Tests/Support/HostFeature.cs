// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Tests.Support;

/// <summary>What a test may need of the machine.</summary>
public enum HostFeature
{
    /// <summary>Root.</summary>
    Root,

    /// <summary>Loop devices and squashfs.</summary>
    Loop,

    /// <summary>The mount calls by descriptor, Linux 5.12.</summary>
    MountByDescriptor,

    /// <summary>The memory cgroup controller.</summary>
    MemoryCgroup,

    /// <summary>The pids cgroup controller.</summary>
    PidsCgroup,

    /// <summary>A C compiler.</summary>
    Compiler,

    /// <summary>A device filter: the devices controller of cgroup v1, or programs on groups of v2.</summary>
    DeviceCgroup,

    /// <summary>mksquashfs and unsquashfs.</summary>
    SquashfsTools,

    /// <summary>The published sample programs.</summary>
    Samples,

    /// <summary>The published northstar executable.</summary>
    Executable,

    /// <summary>The right to raise hard limits.</summary>
    SysResource,

    /// <summary>strace, and the right to trace.</summary>
    Strace,

    /// <summary>setpriv, to run without root.</summary>
    Setpriv,

    /// <summary>systemd-analyze.</summary>
    SystemdAnalyze,

    /// <summary>FUSE.</summary>
    Fuse,

    /// <summary>SELinux.</summary>
    Selinux,

    /// <summary>perf, and a kernel that it can record.</summary>
    Perf,

    /// <summary>bash.</summary>
    Bash,

    /// <summary>fish.</summary>
    Fish,

    /// <summary>zsh.</summary>
    Zsh,

    /// <summary>elvish.</summary>
    Elvish,

    /// <summary>PowerShell 7.</summary>
    PowerShell,

    /// <summary>socat or nc.</summary>
    SocketTool,

    /// <summary>Python 3.</summary>
    Python,

    /// <summary>Node.</summary>
    Node,

    /// <summary>Cgroup version 2 with the controllers memory, cpu, cpuset, io and pids.</summary>
    CgroupV2Controllers,

    /// <summary>A file system under the temporary directory that can show its files under other ids: ext4, xfs or btrfs.</summary>
    IdMappedMounts,

    /// <summary>pidfs, which numbers processes for good.</summary>
    ProcessIdentity,

    /// <summary>No cgroup of version 2 in use: init is born in that, and so no launcher forks one ahead.</summary>
    SpareInits,

    /// <summary>The contexts of eng/vm/selinux.sh: unconfined_t, user_home_t, and closed_t, whose files nobody may read or execute.</summary>
    SelinuxTestPolicy,

    /// <summary>The device mapper with its verity target.</summary>
    DeviceMapper,
}
