// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.IO.Enumeration;
using Northstar.Npk;

namespace Northstar.Runtime.Containers;

/// <summary>Compares what a manifest asks for with what the host's policy grants. A signature says who made a package; this says what he may do.</summary>
internal static class HostPolicy
{
    /// <summary>Returns what the manifest asks for and no fitting rule grants, in words; empty without a policy.</summary>
    /// <param name="options">Its policy, and the limits that are usual.</param>
    /// <param name="manifest">The manifest.</param>
    /// <param name="repository">The repository of the package.</param>
    /// <param name="keyId">The id of the key that signed it, or null.</param>
    /// <param name="keyClass">The class that the repository's list of keys gives that key, or null.</param>
    internal static IReadOnlyList<string> FindMissing(RuntimeOptions options, Manifest manifest, string repository, string? keyId, string? keyClass = null)
    {
        HostPolicyRule[] all = [.. options.Policy.Values];
        if (all.Length == 0)
        {
            return [];
        }

        HostPolicyRule[] fitting = [.. all.Where(r => Fits(r, manifest.Name.ToString(), repository, keyId, keyClass))];
        return [.. Wanted(manifest).Concat(RaisedLimits(manifest, options)).Where(w => !Array.Exists(fitting, r => w.IsGranted(r))).Select(static w => w.Name), .. MissingLimit(fitting, manifest, options)];
    }

    /// <summary>Returns what the fitting rules let a container reach through its console, all of them together; null when none of them says anything.</summary>
    internal static ConsolePolicyRule? FindConsoleScope(RuntimeOptions options, Manifest manifest, string repository, string? keyId, string? keyClass)
    {
        ConsolePolicyRule[] scopes =
        [
            .. options.Policy.Values.Where(r => Fits(r, manifest.Name.ToString(), repository, keyId, keyClass)).Select(static r => r.ConsoleScope).OfType<ConsolePolicyRule>(),
        ];
        if (scopes.Length == 0)
        {
            return null;
        }

        var sum = new ConsolePolicyRule { ShowsEnvironment = scopes.Any(static s => s.ShowsEnvironment), StartInit = scopes.Any(static s => s.StartInit) };
        foreach (ConsolePolicyRule scope in scopes)
        {
            // No names are all names.
            Add(sum.Containers, scope.Containers.Count == 0 ? ["*"] : scope.Containers);
            Add(sum.StartArguments, scope.StartArguments);
            Add(sum.StartEnvironment, scope.StartEnvironment);
        }

        return sum;

        static void Add(IList<string> list, IEnumerable<string> more)
        {
            foreach (string text in more)
            {
                list.Add(text);
            }
        }
    }

    private static bool Fits(HostPolicyRule rule, string name, string repository, string? keyId, string? keyClass) =>
        (rule.Repositories.Count == 0 || rule.Repositories.Contains(repository))
        && (rule.Keys.Count == 0 || (keyId is not null && rule.Keys.Contains(keyId)))
        && (rule.KeyClasses.Count == 0 || (keyClass is not null && rule.KeyClasses.Contains(keyClass)))
        && (rule.Names.Count == 0 || rule.Names.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false)));

    private static IEnumerable<Demand> Wanted(Manifest manifest)
    {
        yield return new($"uid {manifest.Uid}", r => Contains(r.Uids, manifest.Uid));
        yield return new($"gid {manifest.Gid}", r => Contains(r.Gids, manifest.Gid));
        foreach (Mount.Bind bind in manifest.Mounts.Values.OfType<Mount.Bind>())
        {
            bool writable = bind.Options.HasFlag(MountOptions.ReadWrite);
            yield return new($"{(writable ? "writable bind" : "bind")} of {bind.Host}", r => IsBelow(bind.Host, r.WritableBinds) || (!writable && IsBelow(bind.Host, r.Binds)));
        }

        string? network = manifest.Network switch { null => null, Network.Namespace named => named.Name, _ => "host" };
        if (network is not null)
        {
            yield return new($"network {network}", r => r.Networks.Contains(network));
        }

        foreach (Capability capability in manifest.Capabilities)
        {
            yield return new(CapabilityNames.Of(capability), r => r.Capabilities.Contains(capability));
        }

        foreach (string group in manifest.SupplementaryGroups)
        {
            yield return new($"group {group}", r => r.Groups.Contains(group));
        }

        if (manifest.Cgroups?.Parent is { } parent)
        {
            yield return new($"cgroup parent {parent}", r => r.CgroupParents.Contains(parent));
        }

        Permissions console = manifest.Console ?? default;
        if (console != default)
        {
            yield return new($"console permissions {string.Join(", ", PermissionNames.Of(console))}", r => (console & ~r.Console) == 0);
        }

        foreach ((string name, bool wanted, Predicate<HostPolicyRule> isGranted) in Switches(manifest))
        {
            if (wanted)
            {
                yield return new(name, isGranted);
            }
        }
    }

    private static IEnumerable<(string Name, bool Wanted, Predicate<HostPolicyRule> IsGranted)> Switches(Manifest manifest) =>
    [
        ("seccomp rules", manifest.Seccomp is { } s && (!s.UsesDefaultProfile || s.Allow is { Count: > 0 }), static r => r.Seccomp),
        ("cgroup attributes", HasAttributes(manifest.Cgroups), static r => r.CgroupAttributes),
        ("device rules", manifest.Extensions.Devices.Count > 0, static r => r.Devices),
        ("SELinux contexts", manifest.Selinux is not null, static r => r.Selinux),
        ("real-time scheduling", manifest.Sched is SchedulingPolicy.Fifo or SchedulingPolicy.RoundRobin, static r => r.Realtime),
        ("autostart critical", manifest.Autostart == Autostart.Critical, static r => r.Critical),
    ];

    /// <summary>A limit that the manifest leaves out is unlimited.</summary>
    private static IEnumerable<Demand> RaisedLimits(Manifest manifest, RuntimeOptions options)
    {
        foreach ((RlimitResource resource, Rlimit limit) in manifest.Rlimits)
        {
            if ((limit.Hard ?? ulong.MaxValue) > PayloadLimits.Usual(options, resource))
            {
                yield return new($"the raised limit {PayloadLimits.NameOf(resource)}", static r => r.Rlimits);
            }
        }

        // Of both, 0 is no limit.
        if (manifest.Extensions.Pids is { } pids && options.DefaultPids != 0 && (pids == 0 || pids > options.DefaultPids))
        {
            yield return new("the raised limit pids", static r => r.Rlimits);
        }
    }

    private static bool HasAttributes(CgroupSettings? cgroups) =>
        cgroups is not null && (cgroups.Cpu?.Attrs.Count > 0 || cgroups.Memory?.Attrs.Count > 0 || cgroups.Blkio?.Attrs.Count > 0);

    /// <summary>Every fitting rule that sets a limit must be kept; a manifest that names no limit has the default.</summary>
    private static IEnumerable<string> MissingLimit(HostPolicyRule[] fitting, Manifest manifest, RuntimeOptions options)
    {
        ulong? limit = manifest.Cgroups?.Memory?.HardLimit switch { null => options.DefaultMemoryBytes, >= 0 and long bytes => (ulong)bytes, _ => null };
        return fitting.Where(r => r.MaxMemoryBytes is { } most && (limit ?? ulong.MaxValue) > most).Take(1)
            .Select(r => $"a memory limit above {r.MaxMemoryBytes} bytes, or none");
    }

    private static bool Contains((ushort Lowest, ushort Highest)? range, ushort id) => range is { } r && id >= r.Lowest && id <= r.Highest;

    private static bool IsBelow(string path, IEnumerable<string> prefixes) =>
        prefixes.Any(p => p == "/" || path == p.TrimEnd('/') || path.StartsWith(p.TrimEnd('/') + "/", StringComparison.Ordinal));

    /// <summary>Something that a manifest wants, and which rules grant it.</summary>
    private sealed record Demand(string Name, Predicate<HostPolicyRule> IsGranted);
}
