// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Linux.Cgroups.V2;

namespace Northstar.Tests.Support;

/// <summary>Runs a device program by the rules of the instruction set, with what the kernel's verifier asks for: registers written before they are read, jumps forward and inside, an end.</summary>
internal static class EbpfInterpreter
{
    /// <summary>Returns register 0 for a device and an access, both in the kernel's bits.</summary>
    internal static uint Run(EbpfInstruction[] program, uint kind, uint access, uint major, uint minor)
    {
        uint[] context = [kind | (access << 16), major, minor];
        var registers = new uint?[11];
        registers[1] = uint.MaxValue; // the address of the context, no number
        for (int counter = 0; ; counter++)
        {
            EbpfInstruction now = program[counter];
            int destination = now.Registers & 15, source = now.Registers >> 4;
            switch (now.Code)
            {
                case 0x61: // LDX | MEM | W
                    Assert.That(source, Is.EqualTo(1), "only the context can be read");
                    Assert.That(now.Offset % 4, Is.Zero);
                    registers[destination] = context[now.Offset / 4];
                    break;
                case 0xb4: // ALU | MOV | K
                    registers[destination] = unchecked((uint)now.Immediate);
                    break;
                case 0xbc: // ALU | MOV | X
                    registers[destination] = registers[source]!.Value;
                    break;
                case 0x54: // ALU | AND | K
                    registers[destination] = registers[destination]!.Value & unchecked((uint)now.Immediate);
                    break;
                case 0x74: // ALU | RSH | K
                    registers[destination] = registers[destination]!.Value >> now.Immediate;
                    break;
                case 0x56: // JMP32 | JNE | K
                    Assert.That(now.Offset, Is.GreaterThanOrEqualTo(0));
                    counter += registers[destination]!.Value != unchecked((uint)now.Immediate) ? now.Offset : 0;
                    break;
                case 0x95: // JMP | EXIT
                    return registers[0]!.Value;
                default:
                    throw new AssertionException($"the operation {now.Code:x} is not used");
            }
        }
    }
}
