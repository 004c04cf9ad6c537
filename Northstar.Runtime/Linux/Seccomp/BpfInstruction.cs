// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Northstar.Runtime.Linux.Seccomp;

/// <summary>One instruction of classic BPF, <c>struct sock_filter</c>.</summary>
/// <remarks>
/// | offset | size | meaning |
/// | 0 | 2 | operation |
/// | 2 | 1 | instructions to skip when a comparison holds |
/// | 3 | 1 | instructions to skip when it does not |
/// | 4 | 4 | constant |
/// Source: linux/filter.h, linux/bpf_common.h.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct BpfInstruction(ushort Code, byte JumpTrue, byte JumpFalse, uint Constant)
{
    /// <summary>The most instructions that the kernel takes (BPF_MAXINSNS).</summary>
    internal const int MaxCount = 4096;

    /// <summary>Loads a word of the input: BPF_LD, BPF_W, BPF_ABS.</summary>
    internal const ushort Load = 0x20;

    /// <summary>Ands with the constant: BPF_ALU, BPF_AND, BPF_K.</summary>
    internal const ushort And = 0x54;

    /// <summary>Skips the constant's number of instructions: BPF_JMP, BPF_JA.</summary>
    internal const ushort Jump = 0x05;

    /// <summary>Compares for equality: BPF_JMP, BPF_JEQ, BPF_K.</summary>
    internal const ushort JumpIfEqual = 0x15;

    /// <summary>Compares for greater or equal, unsigned: BPF_JMP, BPF_JGE, BPF_K.</summary>
    internal const ushort JumpIfAtLeast = 0x35;

    /// <summary>Ends with the constant: BPF_RET, BPF_K.</summary>
    internal const ushort Return = 0x06;
}
