// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

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

    /// <summary>
    /// Gets the public key files that alone may sign packages of a name. A key that is in no other list may sign nothing but the names that
    /// are pinned to it. Needs no other key: then all other names are refused.
    /// </summary>
    public IDictionary<ContainerName, IReadOnlyList<string>> Pins { get; } = new SortedDictionary<ContainerName, IReadOnlyList<string>>();

    /// <summary>
    /// Gets or sets the file of further keys that are accepted, signed by one of <see cref="KeyListRoots"/> (<see cref="KeyList"/>), or null. It is
    /// read at the start, which fails without it, and again whenever it changes. One with a lower serial than before is refused.
    /// </summary>
    public string? KeyListFile { get; set; }

    /// <summary>Gets the public key files whose keys sign <see cref="KeyListFile"/>. They sign no packages.</summary>
    public IList<string> KeyListRoots { get; } = [];

    /// <summary>
    /// Gets or sets a value indicating whether packages are not even started once the list of keys says that their key has expired. Otherwise
    /// they are installed no more, and what is installed goes on.
    /// </summary>
    public bool RefusesExpiredKeys { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether the first package of a name pins it to the key that signed it: packages of this name by another
    /// key are refused from then on, until <see cref="Pins"/> says otherwise. Off by default.
    /// </summary>
    public bool PinsFirstKey { get; set; }

    /// <summary>
    /// Gets or sets the file of revoked keys and packages, or null. It is read at the start, which fails without it, and again whenever it
    /// changes. A line is <c>key ID</c> or <c>package HASH</c> (<see cref="PublicKey.Id"/>, <see cref="NpkPackage.SignedHash"/>);
    /// <c>#</c> begins a comment.
    /// </summary>
    public string? RevokedFile { get; set; }

    /// <summary>Gets or sets what happens to installed packages that are revoked. Installing one is always refused.</summary>
    public RevocationPolicy OnRevoked { get; set; } = RevocationPolicy.Stop;

    /// <summary>
    /// Gets or sets a value indicating whether a version that has proved itself, because its program ended successfully or has run for a
    /// minute, becomes the lowest of its name that may be installed and started. The resources that it uses do so with it. Off by default.
    /// </summary>
    public bool LearnsFloor { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether the highest installed version of each name becomes its lowest at the start, when what was learnt
    /// is lost. Otherwise it is learnt anew.
    /// </summary>
    public bool RaisesLostFloor { get; set; }

    /// <summary>Gets the lowest version of a name that may be installed and started.</summary>
    public IDictionary<ContainerName, PackageVersion> Floors { get; } = new SortedDictionary<ContainerName, PackageVersion>();

    /// <summary>
    /// Gets or sets a value indicating whether the runtime refuses to start when a key is accepted whose private half is public, such as that
    /// of the samples. Otherwise every start has a warning that names it.
    /// </summary>
    public bool RefusesDevelopmentKeys { get; set; }

    /// <summary>Gets or sets a value indicating whether containers of this repository, when it has a key, may use resources of repositories without one.</summary>
    public bool UsesUnverifiedResources { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether each container of this repository gets devices and mounts of its own for the resources that it
    /// uses, made at its start and gone with it, so that it shares no page of memory with other users of a resource. Costs time and memory.
    /// </summary>
    public bool PrivateResources { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether containers of this repository take over persistent data that belongs to a container of the same
    /// name of another repository. Otherwise they do not start.
    /// </summary>
    public bool AdoptsData { get; set; }

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
