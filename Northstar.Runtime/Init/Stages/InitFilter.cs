// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;
using Northstar.Runtime.Linux.Seccomp;

namespace Northstar.Runtime.Init.Stages;

/// <summary>The seccomp filter of init itself: from here on it reads a pipe, waits, reports and exits. Any other call ends it, and the container with it.</summary>
/// <remarks>seccomp(2); <c>struct seccomp_data</c> has the call's number at 0 and the architecture at 4.</remarks>
internal static unsafe class InitFilter
{
    private const int Calls = 5;
    private const int Instructions = 4 + Calls + 2;

    /// <summary>Loads it; no_new_privs is set.</summary>
    internal static void Load()
    {
        bool isArm64 = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

        // read, close, sendto, wait4, exit_group
        ReadOnlySpan<uint> calls = isArm64 ? [63, 57, 206, 260, 94] : [0, 3, 44, 61, 231];
        BpfInstruction* program = stackalloc BpfInstruction[Instructions];
        BpfInstruction* next = program;
        *next++ = new BpfInstruction(BpfInstruction.Load, 0, 0, 4);
        *next++ = new BpfInstruction(BpfInstruction.JumpIfEqual, 1, 0, isArm64 ? Sys.AUDIT_ARCH_AARCH64 : Sys.AUDIT_ARCH_X86_64);
        *next++ = new BpfInstruction(BpfInstruction.Return, 0, 0, Sys.SECCOMP_RET_KILL_PROCESS);
        *next++ = new BpfInstruction(BpfInstruction.Load, 0, 0, 0);
        for (int i = 0; i < Calls; i++)
        {
            *next++ = new BpfInstruction(BpfInstruction.JumpIfEqual, (byte)(Calls - i), 0, calls[i]);
        }

        *next++ = new BpfInstruction(BpfInstruction.Return, 0, 0, Sys.SECCOMP_RET_KILL_PROCESS);
        *next = new BpfInstruction(BpfInstruction.Return, 0, 0, Sys.SECCOMP_RET_ALLOW);
        var filter = new Sys.sock_fprog { len = Instructions, filter = program };
        Failure.Check(Sys.seccomp(Sys.SECCOMP_SET_MODE_FILTER, 0, &filter), LaunchStage.DropInit);
    }
}
