// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>What <c>custom.northstar</c> of a manifest asks for: extensions that other runtimes ignore, since <c>custom</c> is free to them.</summary>
public sealed record ManifestExtensions
{
    internal static readonly ManifestExtensions None = new();

    /// <summary>
    /// Gets the lowest version that may be used beside or after this one, once it has proved itself in a repository that learns floors; null for
    /// this version itself. It is signed with the package: its maker says what is safe to go back to.
    /// </summary>
    public PackageVersion? MinimumVersion { get; init; }

    /// <summary>Gets the most processes and threads, 0 for no limit, or null for the runtime's own default.</summary>
    public uint? Pids { get; init; }

    /// <summary>Gets the targets of bind mounts whose source must exist: without it the start fails, whatever the runtime's configuration says.</summary>
    public IReadOnlyList<string> RequiredMounts { get; init; } = [];

    /// <summary>Gets the targets of bind mounts that are left out when their source is missing, whatever the runtime's configuration says.</summary>
    public IReadOnlyList<string> OptionalMounts { get; init; } = [];

    /// <summary>Gets the devices of the host that the container may use beside those of its <c>/dev</c>, at most 64.</summary>
    public IReadOnlyList<DeviceRule> Devices { get; init; } = [];
}
