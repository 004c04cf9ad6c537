// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Launch;

namespace Northstar.Tests.Runtime.Launch;

/// <summary>Plans with random contents. The descriptors are memory files with names of their own, which the plan's maker closes.</summary>
internal sealed class RandomPlan : IDisposable
{
    private static readonly string[] s_letters = ["a", "b", "/", ".", "=", ",", " ", "ä", "€", "\U0001F600", "\n", "\t"];

    private readonly Random _random;
    private readonly List<SafeHandle> _descriptors = [];

    private RandomPlan(int seed) => _random = new Random(seed);

    internal LaunchPlan Plan { get; private set; } = null!;

    /// <summary>Makes a plan.</summary>
    /// <param name="seed">Equal seeds make equal plans.</param>
    /// <param name="most">The most entries of each list.</param>
    /// <param name="longest">The longest text, in characters.</param>
    internal static RandomPlan Create(int seed, int most, int longest)
    {
        var made = new RandomPlan(seed);
        made.Plan = made.Make(most, longest);
        return made;
    }

    public void Dispose() => _descriptors.ForEach(static d => d.Dispose());

    private LaunchPlan Make(int most, int longest) => new()
    {
        ProcessName = Text(longest),
        Waits = _random.Next(2) != 0,
        Fault = new LaunchFault((LaunchStage)_random.Next(0, 23), _random.Next(0, 40)),
        Namespaces = _random.Next(),
        HostName = Text(64),
        NetworkNamespace = Maybe(),
        Root = NewDescriptor(),
        Mounts = Some(most, () => new PlannedMount((MountKind)_random.Next(1, 8), Text(longest), Number(), Maybe(), Text(longest))),
        MaskedPaths = Some(most, () => Text(longest)),
        Uid = (uint)_random.NextInt64(uint.MaxValue),
        Gid = uint.MaxValue,
        Groups = Some(most, () => (uint)_random.NextInt64(uint.MaxValue)),
        Capabilities = Number(),
        Label = Text(longest),
        Rlimits = Some(16, () => new PlannedRlimit(Text(16), _random.Next(16), Number(), ulong.MaxValue)),
        Scheduling = _random.Next(2) == 0 ? null : new PlannedScheduling(_random.Next(7), _random.Next(100), _random.Next(-20, 20)),
        Seccomp = Bytes(most * 8),
        StandardStreams = [Maybe(), Maybe(), Maybe()],
        Inherited = Some(Math.Min(most, 50), NewDescriptor),
        Program = Text(longest),
        Arguments = Some(most, () => Text(longest)),
        Environment = Some(most, () => Text(longest)),
    };

    private List<T> Some<T>(int most, Func<T> make) => [.. Enumerable.Range(0, _random.Next(most + 1)).Select(_ => make())];

    private string Text(int longest) => string.Concat(Enumerable.Range(0, _random.Next(longest + 1)).Select(_ => s_letters[_random.Next(s_letters.Length)]));

    private ulong Number() => unchecked((ulong)_random.NextInt64(long.MinValue, long.MaxValue));

    private byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>None, one that was there before, or a new one.</summary>
    private SafeHandle? Maybe() => _random.Next(3) switch
    {
        0 => null,
        1 when _descriptors.Count > 0 => _descriptors[_random.Next(_descriptors.Count)],
        _ => NewDescriptor(),
    };

    private SafeHandle NewDescriptor()
    {
        if (_descriptors.Count >= 150)
        {
            return _descriptors[_random.Next(_descriptors.Count)];
        }

        _descriptors.Add(Descriptors.NewMemfd($"plan-{_descriptors.Count}"));
        return _descriptors[^1];
    }
}
