// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime;

/// <summary>An option of the kernel's configuration that matters to the runtime.</summary>
/// <param name="Name">The option, without <c>CONFIG_</c>.</param>
/// <param name="IsRequired">Whether no container can start without it.</param>
/// <param name="Without">What fails without it.</param>
public sealed record KernelOption(string Name, bool IsRequired, string Without)
{
    /// <summary>Gets every option, the required ones first.</summary>
    public static IReadOnlyList<KernelOption> All { get; } =
    [
        Required("BLK_DEV_LOOP", "no image can be mounted: there are no loop devices"),
        Required("SQUASHFS", "no image can be mounted"),
        Required("TMPFS", "the launcher has no root, containers have no /dev"),
        Required("PROC_FS", "the runtime reads where cgroups are mounted, and reopens files, there"),
        Required("MEMFD_CREATE", "no launcher, no mem repository, no verified image"),
        Required("MULTIUSER", "there is one user only"),
        Required("NAMESPACES", "no isolation"),
        Required("UTS_NS", "no isolation of the host name"),
        Required("IPC_NS", "no isolation of System V IPC and message queues"),
        Required("PID_NS", "no isolation of processes"),
        Required("NET_NS", "no isolation of the network"),
        Required("CGROUPS", "no cgroups and no cgroup namespace"),
        Required("SECCOMP", "no system call filters"),
        Required("SECCOMP_FILTER", "no system call filters"),
        Required("UNIX", "runtime, launcher and containers cannot talk"),
        Required("NET", "runtime, launcher and containers cannot talk"),
        Required("INET", "loopback cannot be raised"),
        Required("EPOLL", "the runtime cannot wait"),
        Required("EVENTFD", "the runtime cannot wait"),
        Required("SIGNALFD", "the launcher does not learn of the end of a container"),
        Required("FUTEX", "no thread can wait"),
        Optional("SQUASHFS_ZLIB", "images compressed with gzip cannot be mounted"),
        Optional("SQUASHFS_LZO", "images compressed with lzo cannot be mounted"),
        Optional("SQUASHFS_XZ", "images compressed with xz cannot be mounted"),
        Optional("SQUASHFS_ZSTD", "images compressed with zstd cannot be mounted"),
        Optional("SQUASHFS_XATTR", "extended attributes of images, such as SELinux labels, are not seen"),
        Optional("SQUASHFS_FILE_DIRECT", "reading images costs another copy"),
        Optional("SQUASHFS_DECOMP_MULTI", "one processor at a time decompresses"),
        Optional("DEVTMPFS", "something else has to make the nodes of loop devices"),
        Optional("BLK_DEV_DM", "no dm-verity: verified images are copied to sealed memory"),
        Optional("DM_UEVENT", "nothing is told of device-mapper devices"),
        Optional("DM_VERITY", "no dm-verity: verified images are copied to sealed memory"),
        Optional("CRYPTO_SHA256", "no dm-verity: verified images are copied to sealed memory"),
        Optional("MEMCG", "no memory limits, statistics and events"),
        Optional("CGROUP_SCHED", "no cpu controller"),
        Optional("FAIR_GROUP_SCHED", "no cpu shares"),
        Optional("CFS_BANDWIDTH", "no cpu quotas"),
        Optional("RT_GROUP_SCHED", "no real-time budgets on cgroup v1; then none is needed either"),
        Optional("CGROUP_CPUACCT", "no statistics of processor time on cgroup v1"),
        Optional("CPUSETS", "containers cannot be bound to processors and memory nodes"),
        Optional("CGROUP_PIDS", "the number of processes of a container has no limit"),
        Optional("CGROUP_DEVICE", "no devices controller of cgroup v1; CGROUP_BPF with cgroup v2 mounted, beside v1 too, does the same"),
        Optional("CGROUP_BPF", "without the devices controller of cgroup v1 containers can open every device whose node they make or find"),
        Optional("USER_NS", "data of a container whose ids change is given to the new ones, file by file"),
        Optional("BLK_CGROUP", "no limits and statistics of block devices"),
        Optional("BLK_DEV_THROTTLING", "no throughput limits of block devices"),
        Optional("BFQ_GROUP_IOSCHED", "no weights of block devices"),
        Optional("INOTIFY_USER", "no memory events on cgroup v2"),
        Optional("KEYS", "containers have no session keyring of their own, since there are none"),
        Optional("SYSFS", "sysfs mounts fail"),
        Optional("PROC_CHILDREN", "what a debug tool leaves behind in a session of its own is not found"),
        Optional("SECURITY_SELINUX", "labels of manifests have no effect"),
        Optional("VETH", "network namespaces cannot be connected to the host by a pair of interfaces"),
        Optional("BRIDGE", "network namespaces cannot be connected by a bridge"),
        Optional("BRIDGE_VLAN_FILTERING", "bridges know no VLANs"),
        Optional("MACVLAN", "network namespaces cannot share an interface by address"),
        Optional("MACVTAP", "network namespaces cannot share an interface by address, as taps"),
        Optional("VXLAN", "network namespaces cannot be connected over other networks"),
        Optional("IP_NF_IPTABLES", "no iptables for network namespaces"),
        Optional("IP_NF_FILTER", "no filter rules for network namespaces"),
        Optional("IP_NF_NAT", "no address translation for network namespaces"),
        Optional("IP_NF_TARGET_MASQUERADE", "no masquerading for network namespaces"),
        Optional("IP_NF_MANGLE", "no mangle rules for network namespaces"),
        Optional("IP_NF_SECURITY", "no security rules for network namespaces"),
    ];

    private static KernelOption Required(string name, string without) => new(name, true, without);

    private static KernelOption Optional(string name, string without) => new(name, false, without);
}
