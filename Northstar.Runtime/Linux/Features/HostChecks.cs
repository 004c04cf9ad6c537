// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux;

/// <summary>The checks, in the order they are shown.</summary>
internal static class HostChecks
{
    /// <summary>Gets all of them.</summary>
    internal static IReadOnlyList<HostCheck> All { get; } = [.. Rights(), .. Images(), .. Isolation(), .. Cgroups(), .. Other()];

    private static IEnumerable<HostCheck> Rights()
    {
        const string Everything = "no container starts";
        yield return Right("SYS_ADMIN", 21, Everything, required: true);
        yield return Right("SETUID", 7, Everything, required: true);
        yield return Right("SETGID", 6, Everything, required: true);
        yield return Right("SETPCAP", 8, Everything, required: true);
        yield return Right("KILL", 5, "containers of other users cannot be ended", required: true);
        yield return Right("CHOWN", 0, "persist mounts and sockets of other users fail", required: true);
        yield return Right("FOWNER", 3, "persist mounts and sockets of other users fail", required: true);
        yield return Right("DAC_OVERRIDE", 1, "devices, cgroups, directories and packages must be accessible by owner and mode");
        yield return Right("SYS_NICE", 23, "scheduling policies and negative nice values of manifests fail");
        yield return Right("SYS_RESOURCE", 24, "hard limits cannot be raised above those of the runtime");
        yield return Right("NET_ADMIN", 12, "loopback stays down in network namespaces that the runtime makes");
        yield return Right("SYS_PTRACE", 19, "debug.strace fails");
    }

    private static HostCheck Right(string name, int number, string without, bool required = false) =>
        new("rights", "CAP_" + name, "", "", without, () => CapabilitySet.Has(number) ? null : "not in the effective set") { IsRequired = required, IsQuick = true };

    private static IEnumerable<HostCheck> Images()
    {
        const string Nothing = "no image can be mounted";
        yield return Quick("images", "/dev/loop-control", "3.1", "BLK_DEV_LOOP", Nothing, ImageProbes.LoopControl);
        yield return Quick("images", "squashfs", "", "SQUASHFS", Nothing, static () => MountProbes.FileSystem("squashfs"));
        yield return new("images", "loop device", "5.8", "BLK_DEV_LOOP", Nothing, ImageProbes.LoopDevice) { IsRequired = true };
        yield return new("images", "gzip images", "", "SQUASHFS_ZLIB", "images of this compression cannot be mounted", static () => ImageProbes.Squashfs(1));
        yield return new("images", "lzo images", "", "SQUASHFS_LZO", "images of this compression cannot be mounted", static () => ImageProbes.Squashfs(3));
        yield return new("images", "xz images", "", "SQUASHFS_XZ", "images of this compression cannot be mounted", static () => ImageProbes.Squashfs(4));
        yield return new("images", "zstd images", "4.14", "SQUASHFS_ZSTD", "images of this compression cannot be mounted", static () => ImageProbes.Squashfs(6));
        yield return Quick("images", "sealed memory", "3.17", "MEMFD_CREATE", "no mem repository, no verified image, and no launcher", ImageProbes.SealedMemory);
        yield return new("verity", "dm-verity", "5.5", "BLK_DEV_DM DM_VERITY CRYPTO_SHA256", "verified images are copied to sealed memory", ImageProbes.Verity);
    }

    private static IEnumerable<HostCheck> Isolation()
    {
        const string Nothing = "no container starts";
        yield return Quick("isolation", "fsopen, fsmount", "5.2", "TMPFS", Nothing, static () => MountProbes.FileSystem("tmpfs"));
        yield return Quick("isolation", "open_tree, move_mount", "5.2", "", Nothing, MountProbes.OpenTree);
        yield return Quick("isolation", "mount_setattr", "5.12", "", Nothing, MountProbes.MountSetAttributes);
        yield return new("isolation", "idmapped mounts", "5.12", "USER_NS", "data of a container whose ids change is given to the new ones, file by file", MountProbes.MapIds);
        yield return Quick("isolation", "openat2", "5.6", "", Nothing, MountProbes.OpenInRoot);
        yield return Quick("isolation", "close_range", "5.11", "", Nothing, ProcessProbes.CloseRange);
        yield return Quick("isolation", "pidfd", "5.3", "", Nothing, ProcessProbes.PidFd);
        yield return Quick("isolation", "proc", "", "PROC_FS", Nothing, static () => MountProbes.FileSystem("proc"));
        yield return Namespace("mount", "", Sys.CLONE_NEWNS);
        yield return Namespace("PID", "PID_NS", Sys.CLONE_NEWPID);
        yield return Namespace("IPC", "IPC_NS", Sys.CLONE_NEWIPC);
        yield return Namespace("UTS", "UTS_NS", Sys.CLONE_NEWUTS);
        yield return Namespace("network", "NET_NS", Sys.CLONE_NEWNET);
        yield return Namespace("cgroup", "CGROUPS", Sys.CLONE_NEWCGROUP);
        yield return Quick("isolation", "seccomp", "4.14", "SECCOMP SECCOMP_FILTER", "containers start only with seccomp = \"manifest\" and without the section", ProcessProbes.Seccomp);
    }

    private static HostCheck Namespace(string name, string option, int flag) =>
        new("isolation", $"{name} namespace", name == "cgroup" ? "4.6" : "", ("NAMESPACES " + option).Trim(), "no container starts", () => ProcessProbes.Namespace(flag)) { IsRequired = true };

    private static IEnumerable<HostCheck> Cgroups()
    {
        yield return Quick("cgroups", "hierarchy", "", "CGROUPS", "no container starts", CgroupProbes.Hierarchy);
        yield return Controller("memory", "MEMCG", "no memory limits, statistics and events");
        yield return Controller("cpu", "CGROUP_SCHED FAIR_GROUP_SCHED CFS_BANDWIDTH", "no cpu shares and quotas");
        yield return Controller("cpuset", "CPUSETS", "containers cannot be bound to processors and memory nodes");
        yield return Controller("io", "BLK_CGROUP BLK_DEV_THROTTLING", "no limits of block devices");
        yield return Controller("pids", "CGROUP_PIDS", "the number of processes of a container has no limit");
        yield return new("cgroups", "devices controller", "", "CGROUP_DEVICE CGROUP_BPF", "containers can open every device whose node they make or find", CgroupProbes.Devices);
    }

    private static HostCheck Controller(string name, string options, string without) =>
        new("cgroups", $"{name} controller", "", options, without, () => CgroupProbes.Controller(name));

    private static IEnumerable<HostCheck> Other()
    {
        yield return new("other", "sysfs", "", "SYSFS", "sysfs mounts fail", static () => MountProbes.FileSystem("sysfs"));
        yield return new("other", "keyrings", "", "KEYS", "containers have no session keyring of their own, since there are none", ProcessProbes.Keyrings);
        yield return new("other", "identity of processes", "6.9", "", "tokens cannot be tied to the process that presents them", ProcessProbes.Identity);
        yield return new("other", "signals by pidfd to a group", "6.9", "", "the number of the process group is used, while its leader is held", ProcessProbes.GroupSignal);
        yield return new("other", "real-time throttling", "", "", "a real-time program of a container can keep a processor from everything else", ProcessProbes.RealtimeThrottling);
        yield return new("other", "core files", "", "", "that program of the host gets the memory of programs that crash in containers, whatever their limit", ProcessProbes.CoreFiles);
        yield return new("other", "SELinux", "", "SECURITY_SELINUX", "labels of manifests have no effect", static () => File.Exists("/sys/fs/selinux/enforce") ? null : "no /sys/fs/selinux/enforce");
    }

    private static HostCheck Quick(string group, string name, string since, string options, string without, Func<string?> probe) =>
        new(group, name, since, options, without, probe) { IsRequired = true, IsQuick = true };
}
