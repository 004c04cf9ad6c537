// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Api;

/// <summary>What the runtime knows of the origin of a package (extension <see cref="ProtocolExtensions.Trust"/>).</summary>
public sealed record TrustData
{
    /// <summary>Gets the id of the key that signed it (<see cref="PublicKey.Id"/>), or null in a repository without keys.</summary>
    public string? Key { get; init; }

    /// <summary>Gets the hash of what was signed, by which the package can be revoked; or null in a repository without keys.</summary>
    public string? Package { get; init; }

    /// <summary>Gets the ids of the keys that alone may sign its name; empty when the name is not pinned.</summary>
    public IReadOnlyList<string> Pin { get; init; } = [];

    /// <summary>Gets the lowest version of its name that may be used, or null for any.</summary>
    public PackageVersion? Floor { get; init; }

    /// <summary>Gets why it is revoked, or null.</summary>
    public string? Revoked { get; init; }

    /// <summary>Gets why it is refused at a start or a mount, for whatever reason; or null.</summary>
    public string? Refused { get; init; }

    /// <summary>Compares the values.</summary>
    public bool Equals(TrustData? other) => other is not null && (Key, Package, Floor, Revoked, Refused) == (other.Key, other.Package, other.Floor, other.Revoked, other.Refused)
        && Values.Equal(Pin, other.Pin);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Key, Package, Floor, Values.Hash(Pin));
}
