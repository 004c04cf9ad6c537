// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Northstar.Runtime.Linux.Seccomp;

/// <summary>Writes a program from its end to its start, so that every jump goes to a place that exists already.</summary>
/// <remarks>
/// A place is the number of instructions from the end of the program. Conditional jumps reach 255 instructions; where that is not enough an
/// unconditional jump is put between. The answers are shared by all jumps in reach.
/// </remarks>
internal sealed class BpfAssembler
{
    // The instructions that one conditional jump may put between itself and its goal while it is written.
    private const int Slack = 4;

    private readonly List<BpfInstruction> _reversed = [];
    private readonly Dictionary<SeccompAction, int> _answers = [];

    /// <summary>Gets the number of instructions so far.</summary>
    internal int Count => _reversed.Count;

    /// <summary>Returns the place of an answer in reach.</summary>
    internal int Answer(SeccompAction action)
    {
        if (!_answers.TryGetValue(action, out int place) || !IsInReach(place))
        {
            place = Add(BpfInstruction.Return, 0, 0, action.Value);
            _answers[action] = place;
        }

        return place;
    }

    /// <summary>Writes a statement that goes on at <paramref name="next"/>.</summary>
    internal int Statement(ushort code, uint constant, int next)
    {
        if (next != Count - 1)
            Add(BpfInstruction.Jump, 0, 0, (uint)(Count - 1 - next));
        return Add(code, 0, 0, constant);
    }

    /// <summary>Writes a comparison.</summary>
    internal int Compare(ushort code, uint constant, int whenTrue, int whenFalse)
    {
        whenTrue = BringInReach(whenTrue);
        whenFalse = BringInReach(whenFalse);
        return Add(code, Distance(whenTrue), Distance(whenFalse), constant);
    }

    /// <summary>Returns the program as an array of <c>struct sock_filter</c>.</summary>
    /// <exception cref="InvalidDataException">It is longer than the kernel takes.</exception>
    internal byte[] ToBytes()
    {
        if (Count > BpfInstruction.MaxCount)
            throw new InvalidDataException($"seccomp filter: {Count} instructions, the kernel takes {BpfInstruction.MaxCount}; name fewer argument values");
        BpfInstruction[] program = [.. _reversed];
        program.AsSpan().Reverse();
        return MemoryMarshal.AsBytes(program.AsSpan()).ToArray();
    }

    private bool IsInReach(int place) => Count - place + Slack <= byte.MaxValue;

    private int BringInReach(int place) => IsInReach(place) ? place : Add(BpfInstruction.Jump, 0, 0, (uint)(Count - 1 - place));

    private byte Distance(int place) => (byte)(Count - 1 - place);

    private int Add(ushort code, byte jumpTrue, byte jumpFalse, uint constant)
    {
        _reversed.Add(new BpfInstruction(code, jumpTrue, jumpFalse, constant));
        return Count - 1;
    }
}
