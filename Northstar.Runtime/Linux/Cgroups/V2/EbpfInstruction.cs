// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Northstar.Runtime.Linux.Cgroups.V2;

/// <summary>One instruction of an eBPF program (<c>struct bpf_insn</c>, Documentation/bpf/standardization/instruction-set.rst).</summary>
/// <param name="Code">What to do.</param>
/// <param name="Registers">The destination in the lower, the source in the upper four bits.</param>
/// <param name="Offset">Of memory in bytes, or of a jump in instructions behind the next one.</param>
/// <param name="Immediate">A number.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct EbpfInstruction(byte Code, byte Registers, short Offset, int Immediate)
{
    /// <summary>LDX | MEM | W: loads 32 bits from the address in the source, plus the offset.</summary>
    internal const byte Load32 = 0x61;

    /// <summary>ALU | MOV | K, ALU | MOV | X, ALU | AND | K, ALU | RSH | K: 32 bits; the upper half becomes zero.</summary>
    internal const byte Move = 0xb4;
    internal const byte MoveRegister = 0xbc;
    internal const byte And = 0x54;
    internal const byte ShiftRight = 0x74;

    /// <summary>JMP32 | JNE | K: jumps unless the lower half equals the number.</summary>
    internal const byte JumpIfNotEqual = 0x56;

    /// <summary>JMP | EXIT: register 0 is the result.</summary>
    internal const byte Exit = 0x95;
}
