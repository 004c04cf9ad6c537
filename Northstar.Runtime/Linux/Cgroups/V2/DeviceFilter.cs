// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux.Cgroups.V2;

/// <summary>Loads device programs and attaches them to groups of version 2. A program goes with its group; programs of groups above are asked too.</summary>
internal static unsafe class DeviceFilter
{
    /// <summary>Tells whether the kernel takes such programs (CONFIG_CGROUP_BPF, CAP_SYS_ADMIN).</summary>
    internal static string? WhyMissing()
    {
        try
        {
            Load(DeviceProgram.Compile([])).Dispose();
            return null;
        }
        catch (LinuxException e)
        {
            return e.Message;
        }
    }

    /// <summary>Attaches a program to the group of this directory.</summary>
    /// <exception cref="LinuxException">The kernel refuses the program, or a group above does not let others add one.</exception>
    internal static void Attach(string directory, EbpfInstruction[] program)
    {
        using SafeFd loaded = Load(program);
        using SafeFd group = Descriptors.Open(directory, Sys.O_RDONLY | Sys.O_DIRECTORY);
        using var groupFd = new Borrow(group);
        using var programFd = new Borrow(loaded);
        var attributes = new Sys.bpf_prog_attach_attr
        {
            target_fd = (uint)groupFd.Fd, attach_bpf_fd = (uint)programFd.Fd, attach_type = Sys.BPF_CGROUP_DEVICE, attach_flags = Sys.BPF_F_ALLOW_MULTI,
        };
        if (Sys.bpf(Sys.BPF_PROG_ATTACH, &attributes, (uint)sizeof(Sys.bpf_prog_attach_attr)) < 0)
        {
            throw new LinuxException(Marshal.GetLastPInvokeError(), "attach the device filter to", directory);
        }
    }

    private static SafeFd Load(EbpfInstruction[] program)
    {
        var fd = new SafeFd();
        fixed (EbpfInstruction* instructions = program)
        fixed (byte* license = "Apache-2.0\0"u8)
        {
            var attributes = new Sys.bpf_prog_load_attr
            {
                prog_type = Sys.BPF_PROG_TYPE_CGROUP_DEVICE, insn_cnt = (uint)program.Length, insns = instructions, license = license,
            };
            fd.Take(Sys.bpf(Sys.BPF_PROG_LOAD, &attributes, (uint)sizeof(Sys.bpf_prog_load_attr)), "load the device filter");
        }

        return fd;
    }
}
