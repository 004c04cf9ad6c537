// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>One mount of a manifest; its target is the key in <see cref="Manifest.Mounts"/>. A closed hierarchy.</summary>
public abstract record Mount
{
    private Mount()
    {
    }

    /// <summary>A bind mount of a path of the host.</summary>
    /// <param name="Host">The path on the host.</param>
    /// <param name="Options">The options; without <see cref="MountOptions.ReadWrite"/> the mount is read-only.</param>
    public sealed record Bind(string Host, MountOptions Options) : Mount;

    /// <summary>A minimal <c>/dev</c>.</summary>
    public sealed record Dev : Mount;

    /// <summary>The container's own persistent directory.</summary>
    public sealed record Persist : Mount;

    /// <summary>The proc file system of the container's PID namespace, read-only.</summary>
    public sealed record Proc : Mount;

    /// <summary>The directory that holds the sockets of all containers.</summary>
    public sealed record Sockets : Mount;

    /// <summary>The sysfs file system, read-only.</summary>
    public sealed record Sysfs : Mount;

    /// <summary>A directory of a resource container, read-only.</summary>
    /// <param name="Name">The resource container's name.</param>
    /// <param name="Requirement">Which versions of it will do.</param>
    /// <param name="Directory">The absolute path inside the resource.</param>
    /// <param name="Options">The options; <see cref="MountOptions.ReadWrite"/> has no effect.</param>
    public sealed record Resource(ContainerName Name, VersionRequirement Requirement, string Directory, MountOptions Options) : Mount;

    /// <summary>A tmpfs.</summary>
    /// <param name="SizeBytes">The size limit in bytes; 0 is no limit.</param>
    public sealed record Tmpfs(ulong SizeBytes) : Mount;
}
