// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Npk;

namespace Northstar.Runtime.Linux.Seccomp;

/// <summary>Compiles the seccomp rules of a container to classic BPF (seccomp(2)).</summary>
/// <remarks>
/// Numbers with the same answer make a range, and the program is a balanced tree over the ranges: some seven comparisons decide about any
/// call, where a list of rules would need hundreds. <c>struct seccomp_data</c>: number at 0, architecture at 4, argument i at 16 + 8 i,
/// low word first.
/// </remarks>
internal static class SeccompCompiler
{
    private const uint NumberOffset = 0;
    private const uint ArchitectureOffset = 4;
    private const uint ArgumentsOffset = 16;
    private const uint ArgumentSize = 8;
    private const uint X32Bit = 0x40000000;

    /// <summary>Compiles the filter of a container, or returns null when it runs without one.</summary>
    /// <returns>An array of <c>struct sock_filter</c>, 8 bytes each.</returns>
    /// <exception cref="InvalidDataException">The program is longer than the kernel takes.</exception>
    /// <exception cref="PlatformNotSupportedException">There is no table for <paramref name="architecture"/>.</exception>
    internal static byte[]? Compile(Architecture architecture, Manifest manifest, SeccompDefault withoutSection) =>
        SeccompPolicy.Create(architecture, manifest, withoutSection) is { } policy ? Compile(policy) : null;

    /// <summary>Compiles a policy.</summary>
    /// <exception cref="InvalidDataException">The program is longer than the kernel takes.</exception>
    internal static byte[] Compile(SeccompPolicy policy)
    {
        var assembler = new BpfAssembler();
        int tree = Tree(assembler, CollectionsMarshal.AsSpan(Ranges(policy)));
        int number = assembler.Statement(BpfInstruction.Load, NumberOffset, tree);
        int foreign = assembler.Answer(SeccompAction.KillProcess);
        int check = assembler.Compare(BpfInstruction.JumpIfEqual, policy.Table.AuditArch, number, foreign);
        assembler.Statement(BpfInstruction.Load, ArchitectureOffset, check);
        return assembler.ToBytes();
    }

    private readonly record struct NumberRange(uint Start, SyscallRule Rule)
    {
        internal bool HasSameAnswer(SyscallRule other) => Rule.Tests.Count == 0 && other.Tests.Count == 0 && Rule.Otherwise == other.Otherwise;
    }

    private static List<NumberRange> Ranges(SeccompPolicy policy)
    {
        var denied = new SyscallRule([], policy.Denied);
        List<NumberRange> ranges = [];
        for (uint number = 0; number <= policy.Table.Last; number++)
            Append(ranges, number, policy.Rules.GetValueOrDefault(number, denied));
        Append(ranges, policy.Table.Last + 1, new SyscallRule([], SeccompAction.NotImplemented));
        if (policy.Table.HasX32)
            Append(ranges, X32Bit, new SyscallRule([], SeccompAction.KillProcess));
        return ranges;
    }

    private static void Append(List<NumberRange> ranges, uint start, SyscallRule rule)
    {
        if (ranges.Count == 0 || !ranges[^1].HasSameAnswer(rule))
            ranges.Add(new NumberRange(start, rule));
    }

    private static int Tree(BpfAssembler assembler, ReadOnlySpan<NumberRange> ranges)
    {
        if (ranges.Length == 1)
            return Leaf(assembler, ranges[0].Rule);

        // One number between two ranges of the same answer needs one comparison, not two.
        if (ranges.Length == 3 && ranges[0].HasSameAnswer(ranges[2].Rule) && ranges[2].Start - ranges[1].Start == 1)
        {
            int around = Leaf(assembler, ranges[0].Rule);
            int single = Leaf(assembler, ranges[1].Rule);
            return assembler.Compare(BpfInstruction.JumpIfEqual, ranges[1].Start, single, around);
        }

        int middle = ranges.Length / 2;
        int upper = Tree(assembler, ranges[middle..]);
        int lower = Tree(assembler, ranges[..middle]);
        return assembler.Compare(BpfInstruction.JumpIfAtLeast, ranges[middle].Start, upper, lower);
    }

    private static int Leaf(BpfAssembler assembler, SyscallRule rule)
    {
        int place = assembler.Answer(rule.Otherwise ?? throw new ArgumentException("the rule is open", nameof(rule)));
        foreach (ArgumentTest test in rule.Tests.Reverse())
            place = Test(assembler, test, place);
        return place;
    }

    private static int Test(BpfAssembler assembler, ArgumentTest test, int otherwise)
    {
        int place = otherwise;
        foreach (IGrouping<uint, ulong> group in test.Values.GroupBy(static value => (uint)(value >> 32)).Reverse())
        {
            int low = Low(assembler, test, group.Select(static value => (uint)(value & uint.MaxValue)), place);
            place = (uint)(test.Mask >> 32) == 0 ? low : High(assembler, test, group.Key, low, place);
        }

        return place;
    }

    private static int High(BpfAssembler assembler, ArgumentTest test, uint value, int whenEqual, int otherwise)
    {
        int place = assembler.Compare(BpfInstruction.JumpIfEqual, value, whenEqual, otherwise);
        return LoadWord(assembler, test, high: true, place);
    }

    private static int Low(BpfAssembler assembler, ArgumentTest test, IEnumerable<uint> values, int otherwise)
    {
        int place = otherwise;
        foreach (uint value in values.Distinct().Reverse())
            place = assembler.Compare(BpfInstruction.JumpIfEqual, value, assembler.Answer(test.Action), place);
        return LoadWord(assembler, test, high: false, place);
    }

    private static int LoadWord(BpfAssembler assembler, ArgumentTest test, bool high, int next)
    {
        uint mask = (uint)(high ? test.Mask >> 32 : test.Mask & uint.MaxValue);
        if (mask != uint.MaxValue)
            next = assembler.Statement(BpfInstruction.And, mask, next);
        uint offset = ArgumentsOffset + (test.Index * ArgumentSize) + (high ? ArgumentSize / 2 : 0);
        return assembler.Statement(BpfInstruction.Load, offset, next);
    }
}
