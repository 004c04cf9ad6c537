// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Npk;

namespace Northstar.Runtime.Linux.Seccomp;

/// <summary>What a container may call: rules by number, and the answer to everything else.</summary>
/// <remarks>
/// Calls above <see cref="SyscallTable.Last"/> answer ENOSYS, because programs probe for what is newer than the kernel they know. Numbers
/// of the x32 ABI are never allowed. <c>execve</c> always is: the program is started under the filter.
/// </remarks>
internal sealed class SeccompPolicy
{
    private readonly Dictionary<uint, SyscallRule> _rules = [];

    private SeccompPolicy(SyscallTable table, SeccompAction denied)
    {
        Table = table;
        Denied = denied;
    }

    /// <summary>Gets the architecture's calls.</summary>
    internal SyscallTable Table { get; }

    /// <summary>Gets the answer to a call of the table that no rule allows.</summary>
    internal SeccompAction Denied { get; }

    /// <summary>Gets the rules by number; none has an open <see cref="SyscallRule.Otherwise"/>.</summary>
    internal IReadOnlyDictionary<uint, SyscallRule> Rules => _rules;

    /// <summary>Reads the policy of a container, or returns null when it runs without a filter.</summary>
    /// <exception cref="PlatformNotSupportedException">There is no table for <paramref name="architecture"/>.</exception>
    internal static SeccompPolicy? Create(Architecture architecture, Manifest manifest, SeccompDefault withoutSection)
    {
        Npk.Seccomp? section = manifest.Seccomp;
        if (section is null && withoutSection == SeccompDefault.Manifest)
            return null;

        // A section means what it says: a violation ends the process. Without one nobody asked for a filter, so a call merely fails.
        var policy = new SeccompPolicy(SyscallTable.For(architecture), section is null ? SeccompAction.NotPermitted : SeccompAction.KillProcess);
        policy.Set("execve", SyscallRule.Allowed);
        if (section is null || section.UsesDefaultProfile)
            policy.AddProfile(architecture, manifest.Capabilities);
        if (section?.Allow is { } allow)
        {
            foreach ((string name, SeccompRule rule) in allow)
                policy.Widen(name, FromManifest(rule));
        }

        policy.Close();
        return policy;
    }

    private static SyscallRule FromManifest(SeccompRule rule)
    {
        if (rule is not SeccompRule.Args args || args.Mask == ulong.MaxValue)
            return SyscallRule.Allowed;
        List<ArgumentTest> tests = [];
        if (args.Values is { Count: > 0 } values)
            tests.Add(new ArgumentTest(args.Index, ulong.MaxValue, values, SeccompAction.Allow));
        if (args.Mask is { } mask)
            tests.Add(new ArgumentTest(args.Index, ~mask, [0], SeccompAction.Allow));
        return new SyscallRule(tests, null);
    }

    private void AddProfile(Architecture architecture, IReadOnlyList<Capability> capabilities)
    {
        foreach ((string name, SyscallRule rule) in SeccompProfile.Conditional)
            Set(name, rule);
        foreach (string name in SeccompProfile.Allowed(architecture))
            Set(name, SyscallRule.Allowed);
        foreach (Capability capability in capabilities)
        {
            foreach (string name in SeccompProfile.Added(capability))
                Set(name, SyscallRule.Allowed);
        }
    }

    private void Set(string name, SyscallRule rule)
    {
        if (Table.Numbers.TryGetValue(name, out uint number))
            _rules[number] = rule;
    }

    private void Widen(string name, SyscallRule rule)
    {
        if (!Table.Numbers.TryGetValue(name, out uint number))
            return;
        if (ReferenceEquals(rule, SyscallRule.Allowed) || !_rules.TryGetValue(number, out SyscallRule? present))
            _rules[number] = rule;
        else if (!ReferenceEquals(present, SyscallRule.Allowed))
            _rules[number] = present with { Tests = [.. rule.Tests, .. present.Tests] };
    }

    private void Close()
    {
        var probed = SeccompProfile.Probed.Select(name => Table.Numbers[name]).ToHashSet();
        foreach (uint number in probed)
            _rules.TryAdd(number, new SyscallRule([], null));
        foreach ((uint number, SyscallRule rule) in _rules.ToArray())
            _rules[number] = rule with { Otherwise = rule.Otherwise ?? (probed.Contains(number) ? SeccompAction.NotImplemented : Denied) };
    }
}
