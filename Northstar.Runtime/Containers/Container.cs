// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Runtime.Repositories;

namespace Northstar.Runtime.Containers;

/// <summary>What the engine knows about one installed container. Touched on the strand only.</summary>
internal sealed class Container(Repository repository, StoredPackage stored)
{
    /// <summary>Gets the id.</summary>
    internal ContainerId Id { get; } = stored.Id;

    /// <summary>Gets the manifest.</summary>
    internal Manifest Manifest { get; } = stored.Package.Manifest;

    /// <summary>Gets the repository that holds it.</summary>
    internal Repository Repository { get; } = repository;

    /// <summary>Gets the package.</summary>
    internal StoredPackage Stored { get; } = stored;

    /// <summary>Gets or sets the mount under way or done, or null.</summary>
    internal Task<MountedImage>? Mounting { get; set; }

    /// <summary>Gets the mounted image, or null.</summary>
    internal MountedImage? Image => Mounting is { IsCompletedSuccessfully: true } done ? done.Result : null;

    /// <summary>Gets or sets a value indicating whether a start is under way.</summary>
    internal bool IsStarting { get; set; }

    /// <summary>Gets or sets the process, or null.</summary>
    internal RunningContainer? Running { get; set; }

    /// <summary>Gets a value indicating whether it runs or is about to.</summary>
    internal bool IsStarted => IsStarting || Running is not null;

    /// <summary>Gets or sets a value indicating whether it was uninstalled while somebody waited for it.</summary>
    internal bool IsRemoved { get; set; }

    /// <summary>Gets or sets a value indicating whether the log says that it is revoked.</summary>
    internal bool IsRevocationTold { get; set; }

    /// <summary>Gets or sets what was found wrong with its image, after which it is refused until it is installed again; or null.</summary>
    internal string? Quarantine { get; set; }

    /// <summary>Gets or sets a value indicating whether its file is being read again.</summary>
    internal bool IsChecking { get; set; }

    /// <summary>Gets or sets a value indicating whether its file changed while it was being read again.</summary>
    internal bool MustCheckAgain { get; set; }

    /// <summary>Gets the started containers that use it as resource.</summary>
    internal List<Container> Users { get; } = [];

    /// <summary>Gets or sets the seccomp filter, compiled once beside the first mount; null before. Empty: none.</summary>
    internal Task<byte[]>? Seccomp { get; set; }
}
