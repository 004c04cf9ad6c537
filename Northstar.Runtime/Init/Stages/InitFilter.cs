// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;

namespace Northstar.Runtime.Init.Stages;

/// <summary>The seccomp filter of init itself: from here on it reads a pipe, waits, reports and exits. Any other call ends it, and the container with it.</summary>
/// <remarks>seccomp(2); <c>struct seccomp_data</c> has the call's number at 0 and the architecture at 4.</remarks>
internal static unsafe class InitFilter
{
    private const int Calls = 5;
    private const int Instructions = 4 + Calls + 2;

    private const ushort LoadWord = 0x20; // BPF_LD | BPF_W | BPF_ABS
    private const ushort JumpIfEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    private const ushort Return = 0x06; // BPF_RET | BPF_K
    private const uint KillProcess = 0x80000000;
    private const uint Allow = 0x7fff0000;
    private const uint AuditX64 = 0xc000003e;
    private const uint AuditArm64 = 0xc00000b7;

    /// <summary>Loads it; no_new_privs is set.</summary>
    internal static void Load()
    {
        bool isArm64 = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

        // read, close, sendto, wait4, exit_group
        ReadOnlySpan<uint> calls = isArm64 ? [63, 57, 206, 260, 94] : [0, 3, 44, 61, 231];
        Instruction* program = stackalloc Instruction[Instructions];
        Instruction* next = program;
        *next++ = new Instruction(LoadWord, 0, 0, 4);
        *next++ = new Instruction(JumpIfEqual, 1, 0, isArm64 ? AuditArm64 : AuditX64);
        *next++ = new Instruction(Return, 0, 0, KillProcess);
        *next++ = new Instruction(LoadWord, 0, 0, 0);
        for (int i = 0; i < Calls; i++)
        {
            *next++ = new Instruction(JumpIfEqual, (byte)(Calls - i), 0, calls[i]);
        }

        *next++ = new Instruction(Return, 0, 0, KillProcess);
        *next = new Instruction(Return, 0, 0, Allow);
        var filter = new Sys.sock_fprog { len = Instructions, filter = program };
        Failure.Check(Sys.seccomp(Sys.SECCOMP_SET_MODE_FILTER, 0, &filter), LaunchStage.DropInit);
    }

    /// <summary>struct sock_filter.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Instruction(ushort Code, byte WhenTrue, byte WhenFalse, uint Constant);
}
