// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Runtime.Repositories;

/// <summary>Decides which packages a repository accepts: by who signed them, under which name, and what was revoked. Thread safe.</summary>
internal sealed partial class RepositoryTrust
{
    private readonly string _id;
    private readonly RepositoryOptions _options;
    private readonly TrustRecords _records;
    private readonly PublicKey[] _keys;
    private readonly Dictionary<ContainerName, PublicKey[]> _pins;
    private readonly PublicKey[] _roots;

    /// <summary>Two reloads at a time could end with what the first one read.</summary>
    private readonly Lock _reloading = new();
    private volatile RevocationList _revoked = RevocationList.Empty;
    private volatile PublicKey[] _allKeys;

    private RepositoryTrust(string id, RepositoryOptions options, TrustRecords records)
    {
        string[] files = [.. options.KeyFile is null ? options.KeyFiles : options.KeyFiles.Prepend(options.KeyFile)];
        _id = id;
        _options = options;
        _records = records;
        _keys = [.. files.Select(KeyFiles.ReadPublicKey)];
        _pins = options.Pins.ToDictionary(static p => p.Key, static p => p.Value.Select(KeyFiles.ReadPublicKey).ToArray());
        _roots = [.. options.KeyListRoots.Select(KeyFiles.ReadPublicKey)];
        _allKeys = Fixed();
    }

    /// <summary>Gets every key that may sign something here; empty for a trusted repository.</summary>
    internal IReadOnlyList<PublicKey> AllKeys => _allKeys;

    /// <summary>Gets a value indicating whether packages are verified.</summary>
    internal bool IsVerified => _allKeys.Length > 0;

    /// <summary>Gets the file of revoked keys and packages, or null.</summary>
    internal string? RevokedFile => _options.RevokedFile;

    /// <summary>Gets what is revoked.</summary>
    internal RevocationList Revoked => _revoked;

    /// <summary>Reads the files that the options name.</summary>
    /// <exception cref="NpkException">A key file cannot be used.</exception>
    /// <exception cref="RuntimeException">The list of keys, or that of what is revoked, cannot be used.</exception>
    internal static RepositoryTrust Read(string id, RepositoryOptions options, TrustRecords records)
    {
        var trust = new RepositoryTrust(id, options, records);
        trust.Reload();
        trust.ReloadKeys();
        return trust;
    }

    /// <summary>Reads the list of what is revoked again.</summary>
    /// <exception cref="RuntimeException">It cannot be used; the one before stays in force.</exception>
    internal void Reload()
    {
        lock (_reloading)
        {
            _revoked = RevokedFile is null ? RevocationList.Empty : RevocationList.Read(RevokedFile);
        }
    }

    /// <summary>Returns why a package cannot be part of the repository, or null.</summary>
    internal string? WhyRefused(NpkPackage package) => WhyNotSigner(package) ?? WhyPinned(package);

    /// <summary>Returns why a package cannot be installed, or null.</summary>
    internal string? WhyNotInstallable(NpkPackage package) => WhyRefused(package) ?? WhyRevoked(package) ?? WhyExpired(package);

    /// <summary>Returns why a package that is installed can neither be started nor be a resource, or null. Revocation has a policy of its own.</summary>
    internal string? WhyNotUsable(NpkPackage package) => WhyPinned(package) ?? (_options.RefusesExpiredKeys ? WhyExpired(package) : null);

    /// <summary>Returns why a package is revoked, or null. Its key counts as revoked once the list of keys does not have it for this name.</summary>
    internal string? WhyRevoked(NpkPackage package) => _revoked.Find(package) ?? (_list is null ? null : WhyNotSigner(package));

    private string? WhyNotSigner(NpkPackage package)
    {
        if (package.VerifiedBy is not { } key)
        {
            return null;
        }

        ContainerName name = package.Manifest.Name;
        if (_pins.TryGetValue(name, out PublicKey[]? pinned))
        {
            return pinned.Contains(key) ? null : $"the name {name} is pinned to another key than {key.Id}, which signed the package";
        }

        if (_keys.Contains(key))
        {
            return null;
        }

        if (_list?.Find(key) is { } listed)
        {
            return listed.MaySign(name) ? null : $"the key {key.Id} that signed the package may sign {string.Join(", ", listed.Names)} alone, and {name} is none of them";
        }

        return _allKeys.Contains(key)
            ? $"the key {key.Id} that signed the package may sign the names alone that are pinned to it, and {name} is none of them"
            : $"the key {key.Id} that signed the package is not in the list of keys any more";
    }

    private PublicKey[] Fixed() => [.. _keys.Concat(_pins.Values.SelectMany(static k => k)).Distinct()];
}
