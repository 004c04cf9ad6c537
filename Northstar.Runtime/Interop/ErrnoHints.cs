// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime.Interop;

/// <summary>What a user can do about the failures that have a usual reason.</summary>
internal static class ErrnoHints
{
    /// <summary>Returns the hint for an operation that failed with an error number, or null.</summary>
    internal static string? Find(string operation, int errno) => (operation, (Errno)errno) switch
    {
        ("move_mount" or "fsmount" or "mount", Errno.ENOSPC) => "the mount limit may be reached, see /proc/sys/fs/mount-max",
        ("unshare" or "fork", Errno.ENOSPC) => "the namespace limit may be reached, see /proc/sys/user",
        ("fork", Errno.EAGAIN) => "a limit of processes is reached, see ulimit -u and the pids cgroup",
        ("fsconfig" or "fsmount", Errno.ENODEV) => "the kernel lacks this file system",
        ("LOOP_CTL_GET_FREE" or "open", Errno.ENXIO) => "the device is not there; is the loop module loaded?",
        ("open device mapper", Errno.ENOENT or Errno.ENXIO or Errno.ENODEV) =>
            "the kernel has no device mapper (CONFIG_BLK_DEV_DM, module dm_mod), or nothing made its control node",
        ("open device mapper", Errno.EACCES or Errno.EPERM) => "the device mapper needs CAP_SYS_ADMIN and access to its control node",
        ("DM_GET_TARGET_VERSION", Errno.EINVAL) => "the kernel has no such target: verity needs CONFIG_DM_VERITY, module dm_verity",
        ("DM_TABLE_LOAD", Errno.ENOENT) => "the kernel cannot hash: verity needs CONFIG_CRYPTO_SHA256, module sha256_generic",
        ("DM_TABLE_LOAD", Errno.EINVAL) => "the kernel refuses the table, its log says why",
        ("open block device", Errno.ENOENT) => "the node of the device did not appear; devtmpfs or CAP_MKNOD is needed",
        ("execve", Errno.ENOEXEC) => "the file is no program for this machine",
        ("execve", Errno.EACCES) => "the file is not executable",
        ("execve", Errno.ENOENT) => "the program, or the interpreter it names, is not in the image",
        ("unshare" or "setns" or "pivot_root" or "fsopen" or "move_mount" or "open_tree", Errno.EPERM) =>
            "the runtime needs CAP_SYS_ADMIN, or a root file system that is a mount of its own",
        ("setrlimit", Errno.EPERM) => "raising a hard limit needs CAP_SYS_RESOURCE",
        ("mount", Errno.EINVAL) => "is one of source and target a file, and the other a directory?",
        ("capabilities", Errno.ENOTRECOVERABLE or Errno.EPERM) => "a capability that the runtime, or the kernel, does not have cannot be given",
        ("sched_setscheduler", Errno.EPERM) => "real-time policies need CAP_SYS_NICE and, on cgroup v1, a real-time budget",
        ("open network namespace", Errno.EINVAL) => "the file is no network namespace; ip netns add makes one",
        ("open network namespace", Errno.EPERM) => "it is the runtime's own; 'network: host' says so openly",
        (_, Errno.EMFILE) => "the limit of open descriptors is reached, see ulimit -n",
        _ => null,
    };
}
