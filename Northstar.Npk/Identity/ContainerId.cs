// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics.CodeAnalysis;

namespace Northstar.Npk;

/// <summary>Identifies a container: <c>name:version</c>.</summary>
/// <param name="Name">The name.</param>
/// <param name="Version">The version.</param>
public readonly record struct ContainerId(ContainerName Name, PackageVersion Version) : IComparable<ContainerId>
{
    /// <summary>Parses <c>name:version</c>, split at the first colon.</summary>
    /// <exception cref="FormatException">The text has no colon, or its name or version is malformed.</exception>
    public static ContainerId Parse(string text) =>
        TryParse(text, out ContainerId id)
            ? id
            : throw new FormatException($"invalid container '{text}': 'name:major.minor.patch' is needed");

    /// <summary>Parses <c>name:version</c> and tells whether it is well-formed.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ContainerId id)
    {
        id = default;
        int colon = text?.IndexOf(':') ?? -1;
        if (colon < 0 || !ContainerName.TryParse(text![..colon], out ContainerName name)
            || !PackageVersion.TryParse(text[(colon + 1)..], out PackageVersion version))
        {
            return false;
        }

        id = new ContainerId(name, version);
        return true;
    }

    /// <summary>Compares by name, then by version.</summary>
    public int CompareTo(ContainerId other)
    {
        int order = Name.CompareTo(other.Name);
        return order != 0 ? order : Version.CompareTo(other.Version);
    }

    /// <summary>Returns <c>name:version</c>.</summary>
    public override string ToString() => $"{Name}:{Version}";

    /// <summary>Compares by name, then by version.</summary>
    public static bool operator <(ContainerId left, ContainerId right) => left.CompareTo(right) < 0;

    /// <summary>Compares by name, then by version.</summary>
    public static bool operator >(ContainerId left, ContainerId right) => left.CompareTo(right) > 0;

    /// <summary>Compares by name, then by version.</summary>
    public static bool operator <=(ContainerId left, ContainerId right) => left.CompareTo(right) <= 0;

    /// <summary>Compares by name, then by version.</summary>
    public static bool operator >=(ContainerId left, ContainerId right) => left.CompareTo(right) >= 0;
}
