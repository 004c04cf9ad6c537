// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;

namespace Northstar.Npk;

/// <summary>The manifest of a package: what the container is, what it runs and what it may do.</summary>
/// <remarks>
/// A manifest without <see cref="Init"/> describes a resource container. Collections are never null; maps are sorted by bytes.
/// </remarks>
public sealed record Manifest
{
    /// <summary>Gets the name.</summary>
    public required ContainerName Name { get; init; }

    /// <summary>Gets the version.</summary>
    public required PackageVersion Version { get; init; }

    /// <summary>Gets the permissions of the container's own console, or null when it has none. <see cref="Permissions.None"/> is a console that may do nothing.</summary>
    public Permissions? Console { get; init; }

    /// <summary>Gets the program inside the container, 1 to 4096 bytes, or null for a resource container.</summary>
    public string? Init { get; init; }

    /// <summary>Gets the arguments after argument 0.</summary>
    public IReadOnlyList<string> Args { get; init; } = [];

    /// <summary>Gets the environment, at most 64 variables.</summary>
    public IReadOnlyDictionary<string, string> Env { get; init; } = EmptyMap<string>.Value;

    /// <summary>Gets the user id, 1 to 65535.</summary>
    public required ushort Uid { get; init; }

    /// <summary>Gets the group id, 1 to 65535.</summary>
    public required ushort Gid { get; init; }

    /// <summary>Gets the scheduling policy of the payload, or null to inherit it.</summary>
    public SchedulingPolicy? Sched { get; init; }

    /// <summary>Gets the mounts by target path.</summary>
    public IReadOnlyDictionary<string, Mount> Mounts { get; init; } = EmptyMap<Mount>.Value;

    /// <summary>Gets how the container starts with the runtime, or null when it does not.</summary>
    public Autostart? Autostart { get; init; }

    /// <summary>Gets the cgroup settings, or null for a plain group.</summary>
    public CgroupSettings? Cgroups { get; init; }

    /// <summary>Gets the network, or null for a new, empty network namespace.</summary>
    public Network? Network { get; init; }

    /// <summary>Gets the seccomp rules, or null when the manifest has no section.</summary>
    public Seccomp? Seccomp { get; init; }

    /// <summary>Gets the SELinux contexts, or null.</summary>
    public Selinux? Selinux { get; init; }

    /// <summary>Gets the capabilities, in the order of their numbers.</summary>
    public IReadOnlyList<Capability> Capabilities { get; init; } = [];

    /// <summary>Gets the names of supplementary groups of the host.</summary>
    public IReadOnlyList<string> SupplementaryGroups { get; init; } = [];

    /// <summary>Gets the resource limits of the payload.</summary>
    public IReadOnlyDictionary<RlimitResource, Rlimit> Rlimits { get; init; } = EmptyMap<RlimitResource, Rlimit>.Value;

    /// <summary>Gets the Unix sockets that the runtime creates for the container, by name.</summary>
    public IReadOnlyDictionary<string, ContainerSocket> Sockets { get; init; } = EmptyMap<ContainerSocket>.Value;

    /// <summary>Gets what becomes of standard output and error; null discards both.</summary>
    public StandardStreams? Io { get; init; }

    /// <summary>Gets the free section, or null. Object members are sorted by bytes.</summary>
    public JsonElement? Custom { get; init; }

    /// <summary>
    /// Gets what <c>custom.northstar</c> asks for. It is read out of <see cref="Custom"/> at each call, and empty when anything there is
    /// malformed, which <see cref="ManifestReader.Validate"/> reports.
    /// </summary>
    public ManifestExtensions Extensions => ManifestBinder.ReadExtensions(Custom, new DiagnosticList());

    /// <summary>Gets <c>name:version</c>.</summary>
    public ContainerId Id => new(Name, Version);

    /// <summary>Gets a value indicating whether this is a resource container, which has no program.</summary>
    public bool IsResource => Init is null;
}
