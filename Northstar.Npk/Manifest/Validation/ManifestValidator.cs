// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.Text;

namespace Northstar.Npk;

/// <summary>Checks what a well-formed manifest must meet: the V rules of the specification, and what hardening adds.</summary>
internal sealed partial class ManifestValidator
{
    private const string SocketVariable = "NORTHSTAR_SOCKET_";

    private static readonly string[] s_reserved = ["NORTHSTAR_NAME", "NORTHSTAR_VERSION", "NORTHSTAR_CONTAINER", "NORTHSTAR_CONSOLE"];

    private static readonly SearchValues<char> s_contextCharacters =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz:_");

    private readonly Manifest _manifest;
    private readonly bool _forPacking;
    private readonly DiagnosticList _found;

    private ManifestValidator(Manifest manifest, bool forPacking, DiagnosticList found)
    {
        _manifest = manifest;
        _forPacking = forPacking;
        _found = found;
    }

    internal static void Validate(Manifest manifest, bool forPacking, DiagnosticList found)
    {
        var validator = new ManifestValidator(manifest, forPacking, found);
        validator.CheckIdentity();
        validator.CheckEnv();
        validator.CheckSched();
        validator.CheckMounts();
        validator.CheckNetwork();
        validator.CheckSeccomp();
        validator.CheckSelinux();
        validator.CheckGroups();
        validator.CheckRlimits();
        validator.CheckSockets();
        validator.CheckCgroups();
        validator.CheckExtensions();
        if (!found.HasErrors)
        {
            validator.CheckResource();
        }
    }

    private static int Bytes(string text) => Encoding.UTF8.GetByteCount(text);

    /// <summary>Reports what foreign packages may have but no new package should: an error when packing, else a warning.</summary>
    private void Strict(string rule, string field, string message)
    {
        if (_forPacking)
        {
            _found.Error(rule, field, message);
        }
        else
        {
            _found.Warn(rule, field, message);
        }
    }

    private void WarnWhenPacking(string rule, string field, string message)
    {
        if (_forPacking)
        {
            _found.Warn(rule, field, message);
        }
    }

    private void CheckIdentity()
    {
        if (!_manifest.Name.IsUsable)
        {
            _found.Error("H08", "name", $"a name has at most {ContainerName.MaxLength} characters and not dots alone, because directories are named after it");
        }

        if (_manifest.Init is { } init && Bytes(init) is 0 or > ManifestLimits.Init)
        {
            _found.Error("V01", "init", $"it must have 1 to {ManifestLimits.Init} bytes");
        }

        if (_manifest.Uid == 0)
        {
            _found.Error("V06", "uid", "it must be 1 to 65535; a container never runs as root");
        }

        if (_manifest.Gid == 0)
        {
            _found.Error("V07", "gid", "it must be 1 to 65535; a container never runs as root");
        }
    }

    private void CheckEnv()
    {
        if (_manifest.Env.Count > ManifestLimits.EnvCount)
        {
            _found.Error("V02", "env", $"there are {_manifest.Env.Count} variables, more than {ManifestLimits.EnvCount}");
        }

        foreach ((string name, string value) in _manifest.Env)
        {
            string field = DiagnosticList.Member("env", name, isData: true);
            if (Bytes(name) > ManifestLimits.EnvName)
            {
                _found.Error("V03", field, $"the name has more than {ManifestLimits.EnvName} bytes");
            }

            if (Bytes(value) > ManifestLimits.EnvValue)
            {
                _found.Error("V04", field, $"the value has more than {ManifestLimits.EnvValue} bytes");
            }

            if (s_reserved.Contains(name))
            {
                _found.Error("V05", field, "the runtime sets this variable itself");
            }

            if (name.StartsWith(SocketVariable, StringComparison.Ordinal) && _manifest.Sockets.ContainsKey(name[SocketVariable.Length..]))
            {
                _found.Warn("H74", field, "the runtime sets this variable itself, to the descriptor of the socket; this value is not used");
            }

            if (name.Length == 0 || name.Contains('=', StringComparison.Ordinal))
            {
                _found.Error("H09", field, "a variable needs a name without '='");
            }
            else if (HasBlankOrControl(name))
            {
                Strict("H09", field, "the name has a blank or a control character");
            }
        }
    }

    private void CheckSched()
    {
        const string nice = "sched.policy.nice";
        const string priority = "sched.policy.priority";
        switch (_manifest.Sched)
        {
            case SchedulingPolicy.Other { Nice: var value }:
                CheckNice(value, nice);
                break;
            case SchedulingPolicy.Batch { Nice: var value }:
                CheckNice(value, nice);
                break;
            case SchedulingPolicy.Fifo { Priority: < ManifestLimits.MinPriority or > ManifestLimits.MaxPriority }:
                _found.Error("V09", priority, $"it must be {ManifestLimits.MinPriority} to {ManifestLimits.MaxPriority}");
                break;
            case SchedulingPolicy.RoundRobin { Priority: < ManifestLimits.MinPriority or > ManifestLimits.MaxPriority }:
                _found.Error("V10", priority, $"it must be {ManifestLimits.MinPriority} to {ManifestLimits.MaxPriority}");
                break;
            case SchedulingPolicy.RoundRobin:
                WarnWhenPacking("D01", "sched.policy", "the reference runtime refuses every round_robin policy and so this package");
                break;
            case SchedulingPolicy.Deadline:
                Strict("D12", "sched.policy", "deadline has no parameters in a manifest, so that no start could succeed");
                break;
        }
    }

    private void CheckNice(sbyte nice, string field)
    {
        if (nice is < ManifestLimits.MinNice or > ManifestLimits.MaxNice)
        {
            _found.Error("V08", field, $"it must be {ManifestLimits.MinNice} to {ManifestLimits.MaxNice}");
        }
        else if (nice != 0)
        {
            WarnWhenPacking("D11", field, "the reference runtime fails to start a container with another nice value than 0");
        }
    }

    private void CheckNetwork()
    {
        if (_manifest.Network is not Network.Namespace { Name: var name })
        {
            return;
        }

        if (Bytes(name) > ManifestLimits.NetworkNamespace)
        {
            _found.Error("V15", "network", $"the name has more than {ManifestLimits.NetworkNamespace} bytes");
        }

        if (!IsPathComponent(name))
        {
            _found.Error("H09", "network", "the name of a network namespace is one path component: not empty, without '/', and neither '.' nor '..'");
        }
    }

    private void CheckSeccomp()
    {
        foreach ((string call, SeccompRule rule) in _manifest.Seccomp?.Allow ?? EmptyMap<SeccompRule>.Value)
        {
            string field = DiagnosticList.Member("seccomp.allow", call, isData: true);
            if (rule is not SeccompRule.Args args)
            {
                continue;
            }

            if (args.Index > ManifestLimits.SeccompIndex)
            {
                _found.Error("V16", field + ".index", $"it must be 0 to {ManifestLimits.SeccompIndex}");
            }

            if (args is { Values: null, Mask: null })
            {
                _found.Error("V17", field, "'values' or 'mask' is needed");
            }
            else if (args is { Values.Count: 0, Mask: null })
            {
                _found.Error("D04", field + ".values", "an empty list allows nothing here and everything in the reference runtime; give a value or a mask");
            }
            else if (args.Values is { Count: 0 })
            {
                WarnWhenPacking("D04", field + ".values", "an empty list allows every argument in the reference runtime");
            }

            if (args.Values is { Count: > ManifestLimits.SeccompValues })
            {
                _found.Error("V18", field + ".values", $"there are {args.Values.Count} values, more than {ManifestLimits.SeccompValues}");
            }
            else if (args.Values is { Count: > 1 })
            {
                WarnWhenPacking("D02", field + ".values", "the reference runtime looks at the first value alone");
            }
        }
    }

    private void CheckSelinux()
    {
        CheckContext("selinux.mount_context", _manifest.Selinux?.MountContext);
        CheckContext("selinux.exec", _manifest.Selinux?.Exec);
    }

    private void CheckContext(string field, string? context)
    {
        if (context is not null && (context.Length is 0 or > ManifestLimits.SelinuxContext || context.AsSpan().ContainsAnyExcept(s_contextCharacters)))
        {
            _found.Error("V19", field, $"a context has 1 to {ManifestLimits.SelinuxContext} characters of 0-9 A-Z a-z : _");
        }
    }

    private void CheckRlimits()
    {
        foreach ((RlimitResource resource, Rlimit limit) in _manifest.Rlimits)
        {
            if (limit.Hard is { } hard && (limit.Soft is not { } soft || soft > hard))
            {
                string field = DiagnosticList.Member("rlimits", ManifestWords.Rlimit[resource], isData: true);
                _found.Warn("V23", field, $"the soft limit, {(limit.Soft is { } given ? $"{given}" : "unlimited as it is left out")}, is above the hard one, {hard}: no start succeeds");
            }
        }
    }

    private void CheckGroups()
    {
        IReadOnlyList<string> groups = _manifest.SupplementaryGroups;
        if (groups.Count > ManifestLimits.GroupCount)
        {
            _found.Error("V20", "suppl_groups", $"there are {groups.Count} groups, more than {ManifestLimits.GroupCount}");
        }

        for (int i = 0; i < groups.Count; i++)
        {
            string field = DiagnosticList.Item("suppl_groups", i);
            if (Bytes(groups[i]) > ManifestLimits.GroupName)
            {
                _found.Error("V21", field, $"the name has more than {ManifestLimits.GroupName} bytes");
            }

            if (groups[i].Length == 0 || groups[i].Contains(':', StringComparison.Ordinal) || HasBlankOrControl(groups[i]))
            {
                Strict("H09", field, "the name of a group is not empty and has no ':', blank or control character");
            }
        }
    }

    private void CheckResource()
    {
        if (_manifest.Init is not null)
        {
            return;
        }

        (string Field, bool Present)[] forbidden =
        [
            ("args", _manifest.Args.Count > 0), ("env", _manifest.Env.Count > 0), ("capabilities", _manifest.Capabilities.Count > 0),
            ("suppl_groups", _manifest.SupplementaryGroups.Count > 0), ("autostart", _manifest.Autostart is not null),
            ("cgroups", _manifest.Cgroups is not null), ("io", _manifest.Io is not null), ("seccomp", _manifest.Seccomp is not null),
        ];
        foreach ((string field, bool present) in forbidden)
        {
            if (present)
            {
                _found.Error("V22", field, "a container without 'init' is a resource and cannot have it");
            }
        }
    }

    private static bool HasBlankOrControl(string text) => text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c));

    private static bool IsPathComponent(string name) => name is not ("" or "." or "..") && !name.Contains('/', StringComparison.Ordinal);
}
