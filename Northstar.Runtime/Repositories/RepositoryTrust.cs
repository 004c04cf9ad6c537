// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Runtime.Repositories;

/// <summary>Decides which packages a repository accepts: by who signed them, under which name, and what was revoked. Thread safe.</summary>
internal sealed class RepositoryTrust
{
    private readonly PublicKey[] _keys;
    private readonly Dictionary<ContainerName, PublicKey[]> _pins;
    private readonly string? _revokedFile;
    private volatile RevocationList _revoked = RevocationList.Empty;

    private RepositoryTrust(PublicKey[] keys, Dictionary<ContainerName, PublicKey[]> pins, string? revokedFile)
    {
        _keys = keys;
        _pins = pins;
        _revokedFile = revokedFile;
        AllKeys = [.. keys.Concat(pins.Values.SelectMany(static k => k)).Distinct()];
    }

    /// <summary>Gets every key that may sign something here; empty for a trusted repository.</summary>
    internal IReadOnlyList<PublicKey> AllKeys { get; }

    /// <summary>Gets a value indicating whether packages are verified.</summary>
    internal bool IsVerified => AllKeys.Count > 0;

    /// <summary>Gets the file of revoked keys and packages, or null.</summary>
    internal string? RevokedFile => _revokedFile;

    /// <summary>Gets what is revoked.</summary>
    internal RevocationList Revoked => _revoked;

    /// <summary>Reads the files that the options name.</summary>
    /// <exception cref="NpkException">A key file cannot be used.</exception>
    /// <exception cref="RuntimeException">The list of what is revoked cannot be used.</exception>
    internal static RepositoryTrust Read(RepositoryOptions options)
    {
        string[] files = [.. options.KeyFile is null ? options.KeyFiles : options.KeyFiles.Prepend(options.KeyFile)];
        var trust = new RepositoryTrust(
            [.. files.Select(KeyFiles.ReadPublicKey)],
            options.Pins.ToDictionary(static p => p.Key, static p => p.Value.Select(KeyFiles.ReadPublicKey).ToArray()),
            options.RevokedFile);
        trust.Reload();
        return trust;
    }

    /// <summary>Reads the list of what is revoked again.</summary>
    /// <exception cref="RuntimeException">It cannot be used; the one before stays in force.</exception>
    internal void Reload() => _revoked = _revokedFile is null ? RevocationList.Empty : RevocationList.Read(_revokedFile);

    /// <summary>Returns why the key that signed a package may not sign this name, or null.</summary>
    internal string? WhyRefused(NpkPackage package)
    {
        if (package.VerifiedBy is not { } key)
        {
            return null;
        }

        ContainerName name = package.Manifest.Name;
        return _pins.TryGetValue(name, out PublicKey[]? pinned)
            ? pinned.Contains(key) ? null : $"the name {name} is pinned to another key than {key.Id}, which signed the package"
            : _keys.Contains(key) ? null : $"the key {key.Id} that signed the package may sign the names alone that are pinned to it, and {name} is none of them";
    }

    /// <summary>Returns why a package is revoked, or null.</summary>
    internal string? WhyRevoked(NpkPackage package) => _revoked.Find(package);
}
