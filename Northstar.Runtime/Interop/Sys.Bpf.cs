// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Northstar.Runtime.Interop;

/// <summary>eBPF programs (bpf(2), linux/bpf.h).</summary>
internal static unsafe partial class Sys
{
    internal const int BPF_PROG_LOAD = 5;
    internal const int BPF_PROG_ATTACH = 8;
    internal const uint BPF_PROG_TYPE_CGROUP_DEVICE = 15;
    internal const uint BPF_CGROUP_DEVICE = 6;
    internal const uint BPF_F_ALLOW_MULTI = 2;
    internal const uint BPF_DEVCG_ACC_MKNOD = 1;
    internal const uint BPF_DEVCG_ACC_READ = 2;
    internal const uint BPF_DEVCG_ACC_WRITE = 4;
    internal const uint BPF_DEVCG_DEV_BLOCK = 1;
    internal const uint BPF_DEVCG_DEV_CHAR = 2;

    private static int SYS_bpf => IsArm64 ? 280 : 321;

    /// <summary>The beginning of <c>union bpf_attr</c> for BPF_PROG_LOAD; the kernel takes what is missing as zero.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct bpf_prog_load_attr
    {
        internal uint prog_type;
        internal uint insn_cnt;
        internal void* insns;
        internal byte* license;
        internal uint log_level;
        internal uint log_size;
        internal byte* log_buf;
        internal uint kern_version;
        internal uint prog_flags;
    }

    /// <summary>The beginning of <c>union bpf_attr</c> for BPF_PROG_ATTACH.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct bpf_prog_attach_attr
    {
        internal uint target_fd;
        internal uint attach_bpf_fd;
        internal uint attach_type;
        internal uint attach_flags;
    }

    internal static int bpf(int command, void* attributes, uint size) => (int)syscall(SYS_bpf, command, (nint)attributes, (nint)size, 0, 0, 0);
}
