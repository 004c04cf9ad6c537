// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime;

/// <summary>Configures one repository.</summary>
public sealed class RepositoryOptions
{
    /// <summary>Gets or sets where packages are stored.</summary>
    public RepositoryKind Kind { get; set; } = RepositoryKind.Memory;

    /// <summary>Gets or sets the directory of a <see cref="RepositoryKind.Directory"/> repository. It must exist.</summary>
    public string? Directory { get; set; }

    /// <summary>Gets or sets the public key file (32 bytes). Null: the repository is trusted, nothing is verified.</summary>
    public string? KeyFile { get; set; }

    /// <summary>Gets further public key files that are accepted beside <see cref="KeyFile"/>.</summary>
    public IList<string> KeyFiles { get; } = [];

    /// <summary>Gets or sets a value indicating whether all packages are mounted when the runtime starts.</summary>
    public bool MountOnStart { get; set; }

    /// <summary>Gets or sets the most packages, or null for no limit.</summary>
    public uint? CapacityNum { get; set; }

    /// <summary>Gets or sets the most bytes of all packages together. Null: no limit in a directory, half of the machine's memory in memory.</summary>
    public ulong? CapacitySizeBytes { get; set; }

    /// <summary>Gets or sets a value indicating whether a bad package makes the start of the runtime fail. Otherwise it is reported and skipped.</summary>
    public bool Strict { get; set; }

    /// <summary>Gets or sets what happens when an image is found corrupted.</summary>
    public CorruptionPolicy OnCorruption { get; set; } = CorruptionPolicy.Stop;
}

/// <summary>Where a repository stores packages.</summary>
public enum RepositoryKind
{
    /// <summary>In sealed memory; empty at start, gone at the end (<c>mem</c>).</summary>
    Memory,

    /// <summary>In a directory (<c>fs</c>).</summary>
    Directory,
}
