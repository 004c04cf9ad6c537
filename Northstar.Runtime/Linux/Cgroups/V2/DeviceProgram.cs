// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux.Cgroups.V2;

/// <summary>
/// Translates device grants to a program that the kernel asks on version 2 before a device is opened or made: it returns 1 for what a grant
/// allows and 0 for everything else, as the devices controller of version 1 does after <c>devices.deny a</c>.
/// </summary>
/// <remarks><c>struct bpf_cgroup_dev_ctx</c>: the kind of device in the lower and the access in the upper half of the first word, major, minor (linux/bpf.h).</remarks>
internal static class DeviceProgram
{
    private const byte Result = 0;
    private const byte Context = 1;
    private const byte Kind = 2;
    private const byte Access = 3;
    private const byte Major = 4;
    private const byte Minor = 5;
    private const byte Rest = 6;

    private const int KindMask = 0xffff;
    private const int AccessShift = 16;

    /// <summary>Returns the program. Grants of the same devices add up, others do not: each alone has to allow all of an access, as on version 1.</summary>
    internal static EbpfInstruction[] Compile(IEnumerable<DeviceGrant> grants)
    {
        var program = new List<EbpfInstruction>
        {
            new(EbpfInstruction.Load32, Registers(Kind, Context), 0, 0),
            new(EbpfInstruction.MoveRegister, Registers(Access, Kind), 0, 0),
            new(EbpfInstruction.ShiftRight, Access, 0, AccessShift),
            new(EbpfInstruction.And, Kind, 0, KindMask),
            new(EbpfInstruction.Load32, Registers(Major, Context), 4, 0),
            new(EbpfInstruction.Load32, Registers(Minor, Context), 8, 0),
        };
        foreach (var devices in grants.GroupBy(static g => (g.Kind, g.Major, g.Minor)))
        {
            Allow(program, devices.Key.Kind, devices.Key.Major, devices.Key.Minor, devices.Aggregate(DeviceAccess.None, static (all, g) => all | g.Access));
        }

        program.Add(new EbpfInstruction(EbpfInstruction.Move, Result, 0, 0));
        program.Add(new EbpfInstruction(EbpfInstruction.Exit, 0, 0, 0));
        return [.. program];
    }

    private static void Allow(List<EbpfInstruction> program, DeviceKind kind, uint? major, uint? minor, DeviceAccess access)
    {
        // Every test leads behind the block when it fails.
        List<(byte Register, int Value)> tests = [(Kind, (int)(kind == DeviceKind.Char ? Sys.BPF_DEVCG_DEV_CHAR : Sys.BPF_DEVCG_DEV_BLOCK))];
        if (major is { } m)
        {
            tests.Add((Major, unchecked((int)m)));
        }

        if (minor is { } n)
        {
            tests.Add((Minor, unchecked((int)n)));
        }

        const int Tail = 5;
        for (int i = 0; i < tests.Count; i++)
        {
            program.Add(new EbpfInstruction(EbpfInstruction.JumpIfNotEqual, tests[i].Register, (short)(tests.Count - i - 1 + Tail), tests[i].Value));
        }

        program.Add(new EbpfInstruction(EbpfInstruction.MoveRegister, Registers(Rest, Access), 0, 0));
        program.Add(new EbpfInstruction(EbpfInstruction.And, Rest, 0, unchecked((int)~Bits(access))));
        program.Add(new EbpfInstruction(EbpfInstruction.JumpIfNotEqual, Rest, 2, 0));
        program.Add(new EbpfInstruction(EbpfInstruction.Move, Result, 0, 1));
        program.Add(new EbpfInstruction(EbpfInstruction.Exit, 0, 0, 0));
    }

    private static uint Bits(DeviceAccess access) =>
        (access.HasFlag(DeviceAccess.MakeNode) ? Sys.BPF_DEVCG_ACC_MKNOD : 0)
        | (access.HasFlag(DeviceAccess.Read) ? Sys.BPF_DEVCG_ACC_READ : 0)
        | (access.HasFlag(DeviceAccess.Write) ? Sys.BPF_DEVCG_ACC_WRITE : 0);

    private static byte Registers(byte destination, byte source) => (byte)(destination | (source << 4));
}
