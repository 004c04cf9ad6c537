// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Runtime.Linux.Seccomp;
using static Northstar.Tests.Runtime.Seccomp.Filters;
using Section = Northstar.Npk.Seccomp;

namespace Northstar.Tests.Runtime.Seccomp;

/// <summary>Makes valid manifests with capabilities and rules, and arguments that lie on the edges of those rules.</summary>
internal sealed class RandomPolicy(int seed, System.Runtime.InteropServices.Architecture architecture)
{
    private static readonly string[] s_special =
        ["clone", "clone3", "personality", "ioctl", "socket", "io_uring_setup", "io_uring_enter", "execve", "read", "mount", "no_such_call"];

    private readonly Random _random = new(seed);
    private readonly string[] _names = [.. SyscallTable.For(architecture).Numbers.Keys];

    internal Manifest Next()
    {
        Capability[] capabilities = [.. Enum.GetValues<Capability>().Where(_ => _random.Next(12) == 0)];
        var rules = new Dictionary<string, SeccompRule>();
        for (int count = _random.Next(16); count > 0; count--)
            rules[_random.Next(3) == 0 ? s_special[_random.Next(s_special.Length)] : _names[_random.Next(_names.Length)]] = Rule();
        Section? section = _random.Next(8) == 0 ? null : new Section(_random.Next(2) == 0, rules.Count == 0 ? null : rules);
        return Manifest(section, capabilities);
    }

    /// <summary>Returns arguments for a call: a few for any, and for one whose rule looks at them those around every value and bit of it.</summary>
    internal IEnumerable<ulong[]> Arguments(PolicyReading reading, uint number)
    {
        yield return new ulong[6];
        yield return All(ulong.MaxValue);
        yield return All(1UL << 32);
        yield return Noise();
        if (!reading.DependsOnArguments(number))
            yield break;
        foreach (ulong edge in Edges(reading.RuleOf(number)))
        {
            yield return All(edge);
            for (int index = 0; index < 2; index++)
            {
                ulong[] arguments = Noise();
                arguments[index] = edge;
                yield return arguments;
            }

            if (reading.RuleOf(number) is SeccompRule.Args args)
            {
                ulong[] arguments = Noise();
                arguments[args.Index] = edge;
                yield return arguments;
            }
        }
    }

    private static readonly ulong[] s_known = [0, 8, 0x20000, 0x20008, 0xFFFFFFFF, 0x5412, 0x541C, 38, 40, 0x7E020000, 0x3D0F00];

    private HashSet<ulong> Edges(SeccompRule? rule)
    {
        HashSet<ulong> edges = [];
        foreach (ulong value in s_known.Concat((rule as SeccompRule.Args)?.Values ?? []))
            edges.UnionWith([value, unchecked(value + 1), unchecked(value - 1), value ^ 1, value | (1UL << 32), value | (1UL << 63), value ^ (ulong)_random.NextInt64()]);
        ulong mask = (rule as SeccompRule.Args)?.Mask ?? 0x7E020000;
        edges.UnionWith([mask, ~mask, unchecked(mask + 1), unchecked(mask - 1), mask & 0xFFFFFFFF, mask & ~0xFFFFFFFFUL, mask & (ulong)_random.NextInt64()]);
        for (int bit = 0; bit < 64; bit++)
            edges.UnionWith([1UL << bit, mask ^ (1UL << bit), (1UL << bit) - 1]);
        return edges;
    }

    private SeccompRule Rule()
    {
        if (_random.Next(4) == 0)
            return new SeccompRule.Any();
        ulong? mask = _random.Next(2) == 0 ? Value() : null;
        int count = _random.Next(5) switch { 0 => 50, 1 => 0, var few => few };
        ulong[]? values = mask is null || _random.Next(2) == 0 ? [.. Enumerable.Range(0, mask is null ? Math.Max(1, count) : count).Select(_ => Value())] : null;
        return Args((uint)_random.Next(6), values, mask);
    }

    /// <summary>Small numbers, patterns of one word, both words, and the extremes: equal words make shared tests in a program.</summary>
    private ulong Value() => _random.Next(9) switch
    {
        0 => 0,
        1 => ulong.MaxValue,
        2 => (ulong)_random.Next(64),
        3 => (ulong)_random.Next(4) << 32 | (uint)_random.Next(8),
        4 => 1UL << _random.Next(64),
        5 => (uint)_random.Next(),
        6 => (ulong)_random.NextInt64() << 32,
        7 => ~(1UL << _random.Next(64)),
        _ => unchecked((ulong)_random.NextInt64(long.MinValue, long.MaxValue)),
    };

    private ulong[] Noise() => [.. Enumerable.Range(0, 6).Select(_ => Value())];

    private static ulong[] All(ulong value) => [.. Enumerable.Repeat(value, 6)];
}
