// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;

namespace Northstar.Tests.Support;

/// <summary>Runs a seccomp filter as the kernel does, with its checks: known operations, jumps inside the program, aligned loads.</summary>
internal sealed class BpfInterpreter(byte[] program)
{
    internal int Count => program.Length / 8;

    internal int Steps { get; private set; }

    internal uint Run(uint number, uint architecture, params ReadOnlySpan<ulong> arguments)
    {
        Span<byte> data = stackalloc byte[64];
        data.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(data, number);
        BinaryPrimitives.WriteUInt32LittleEndian(data[4..], architecture);
        for (int i = 0; i < arguments.Length; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(data[(16 + (8 * i))..], arguments[i]);

        uint accumulator = 0;
        int counter = 0;
        for (Steps = 1; ; Steps++)
        {
            ReadOnlySpan<byte> instruction = program.AsSpan(counter * 8, 8);
            uint constant = BinaryPrimitives.ReadUInt32LittleEndian(instruction[4..]);
            counter++;
            switch (BinaryPrimitives.ReadUInt16LittleEndian(instruction))
            {
                case 0x20 when constant % 4 == 0 && constant < 64:
                    accumulator = BinaryPrimitives.ReadUInt32LittleEndian(data[(int)constant..]);
                    break;
                case 0x54:
                    accumulator &= constant;
                    break;
                case 0x05:
                    counter += (int)constant;
                    break;
                case 0x15:
                    counter += accumulator == constant ? instruction[2] : instruction[3];
                    break;
                case 0x35:
                    counter += accumulator >= constant ? instruction[2] : instruction[3];
                    break;
                case 0x06:
                    return constant;
                default:
                    throw new InvalidDataException($"instruction {counter - 1}: operation {instruction[0]:x2}, constant {constant:x8}");
            }
        }
    }
}
