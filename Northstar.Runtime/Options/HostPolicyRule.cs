// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Runtime;

/// <summary>
/// One rule of the host's policy: which packages it is about, and what their manifests may ask for. Once there is a rule, everything that
/// none of the fitting rules grants is refused, when the package is installed and when its container is started.
/// </summary>
public sealed class HostPolicyRule
{
    /// <summary>Gets the repositories that the rule is about; empty for all.</summary>
    public IList<string> Repositories { get; } = [];

    /// <summary>Gets the ids of the keys (<see cref="PublicKey.Id"/>) that signed; empty for all packages, signed or not.</summary>
    public IList<string> Keys { get; } = [];

    /// <summary>Gets the classes that a signed list of keys (<see cref="KeyList"/>) gives the keys that signed; empty for all packages.</summary>
    public IList<string> KeyClasses { get; } = [];

    /// <summary>Gets the names of containers, in which <c>*</c> stands for any text; empty for all.</summary>
    public IList<string> Names { get; } = [];

    /// <summary>Gets the host paths that may be bound, with everything below them.</summary>
    public IList<string> Binds { get; } = [];

    /// <summary>Gets the host paths that may be bound writable, with everything below them.</summary>
    public IList<string> WritableBinds { get; } = [];

    /// <summary>Gets the networks that may be joined: <c>host</c>, and names of namespaces. A network of its own needs no grant.</summary>
    public IList<string> Networks { get; } = [];

    /// <summary>Gets the capabilities.</summary>
    public IList<Capability> Capabilities { get; } = [];

    /// <summary>Gets the supplementary groups.</summary>
    public IList<string> Groups { get; } = [];

    /// <summary>Gets the parent cgroups that may be named.</summary>
    public IList<string> CgroupParents { get; } = [];

    /// <summary>Gets or sets the lowest and highest user id; null for none.</summary>
    public (ushort Lowest, ushort Highest)? Uids { get; set; }

    /// <summary>Gets or sets the lowest and highest group id; null for none.</summary>
    public (ushort Lowest, ushort Highest)? Gids { get; set; }

    /// <summary>Gets or sets the permissions that a container's own console may have.</summary>
    public Permissions Console { get; set; }

    /// <summary>
    /// Gets or sets which containers a container may touch and see through its own console, and what it may change when it starts them. Null grants nothing
    /// here; when no fitting rule says anything, all containers. What the rule says about who is at the other end, and its permissions, has no meaning here.
    /// </summary>
    public ConsolePolicyRule? ConsoleScope { get; set; }

    /// <summary>Gets or sets a value indicating whether a seccomp section may add calls to the default profile, or do without it.</summary>
    public bool Seccomp { get; set; }

    /// <summary>Gets or sets a value indicating whether files of cgroups may be named (<c>attrs</c>), which can lift any limit.</summary>
    public bool CgroupAttributes { get; set; }

    /// <summary>Gets or sets a value indicating whether device rules may be given.</summary>
    public bool Devices { get; set; }

    /// <summary>Gets or sets a value indicating whether SELinux contexts may be given.</summary>
    public bool Selinux { get; set; }

    /// <summary>Gets or sets a value indicating whether real-time policies may be used.</summary>
    public bool Realtime { get; set; }

    /// <summary>Gets or sets a value indicating whether resource limits may be raised above <see cref="RuntimeOptions.DefaultRlimits"/>, or above the runtime's own where there is no default, and the number of processes above <see cref="RuntimeOptions.DefaultPids"/>.</summary>
    public bool Rlimits { get; set; }

    /// <summary>Gets or sets a value indicating whether <c>autostart: critical</c> may be used.</summary>
    public bool Critical { get; set; }

    /// <summary>Gets or sets the highest memory limit in bytes, which the manifest, or <see cref="RuntimeOptions.DefaultMemoryBytes"/>, must then give; null to demand none.</summary>
    public ulong? MaxMemoryBytes { get; set; }
}
