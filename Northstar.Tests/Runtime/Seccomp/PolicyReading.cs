// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Npk;
using Northstar.Runtime.Linux.Seccomp;

namespace Northstar.Tests.Runtime.Seccomp;

/// <summary>Answers to a call by reading the manifest, rule by rule as the documents say. Shares nothing with the policy that is compiled but the numbers.</summary>
internal sealed partial class PolicyReading
{
    private const uint FirstX32 = 0x40000000;
    private const uint NewestNumber = 470;
    private const uint FamilyNotSupported = 0x00050061;
    private const ulong NamespaceFlags = 0x7E020000;
    private const ulong LowWord = 0xFFFFFFFF;

    private readonly Architecture _architecture;
    private readonly Manifest _manifest;
    private readonly Dictionary<uint, string> _names;
    private readonly HashSet<string> _always;

    internal PolicyReading(Architecture architecture, Manifest manifest)
    {
        _architecture = architecture;
        _manifest = manifest;
        _names = SyscallTable.For(architecture).Numbers.ToDictionary(static pair => pair.Value, static pair => pair.Key);
        _always = [.. Words(architecture == Architecture.X64 ? X64 : Arm64), .. Words(Listed), .. Words(Added)];
        _always.ExceptWith([.. s_probed, "ioctl", "socket"]);
        _always.UnionWith(manifest.Capabilities.SelectMany(AddedBy));
    }

    /// <summary>Says whether the answer to a call depends on its arguments.</summary>
    internal bool DependsOnArguments(uint number) =>
        _names.TryGetValue(number, out string? name) && (name is "clone" or "personality" or "ioctl" or "socket" || RuleOf(name) is SeccompRule.Args);

    /// <summary>Returns the rule that the manifest has for a call, or null.</summary>
    internal SeccompRule? RuleOf(uint number) => _names.TryGetValue(number, out string? name) ? RuleOf(name) : null;

    internal uint Answer(uint number, uint auditArch, ulong[] arguments)
    {
        if (auditArch != Filters.AuditArch(_architecture) || (_architecture == Architecture.X64 && number >= FirstX32))
            return Filters.Kill;
        if (number > NewestNumber)
            return Filters.NotImplemented;
        uint denied = _manifest.Seccomp is null ? Filters.NotPermitted : Filters.Kill;
        if (!_names.TryGetValue(number, out string? name))
            return denied;
        if (name == "execve" || IsAllowed(RuleOf(name), arguments))
            return Filters.Allow;
        if (_manifest.Seccomp is null or { UsesDefaultProfile: true } && Profile(name, arguments) is { } answer)
            return answer;
        return s_probed.Contains(name) ? Filters.NotImplemented : denied;
    }

    private SeccompRule? RuleOf(string name) => _manifest.Seccomp?.Allow?.GetValueOrDefault(name);

    private static bool IsAllowed(SeccompRule? rule, ulong[] arguments)
    {
        if (rule is not SeccompRule.Args args)
            return rule is SeccompRule.Any;
        ulong argument = arguments[args.Index];
        return (args.Values?.Contains(argument) ?? false) || (args.Mask is { } mask && (argument & ~mask) == 0);
    }

    /// <summary>Returns the default profile's answer, or null when it does not name the call.</summary>
    private uint? Profile(string name, ulong[] arguments)
    {
        if (_always.Contains(name))
            return Filters.Allow;
        return name switch
        {
            "clone" when (arguments[0] & NamespaceFlags) == 0 => Filters.Allow,
            "personality" when arguments[0] is 0 or 8 or 0x20000 or 0x20008 or 0xFFFFFFFF => Filters.Allow,
            "ioctl" => (arguments[1] & LowWord) is 0x5412 or 0x541C ? Filters.NotPermitted : Filters.Allow,
            "socket" => (arguments[0] & LowWord) is 38 or 40 ? FamilyNotSupported : Filters.Allow,
            _ => null,
        };
    }
}
