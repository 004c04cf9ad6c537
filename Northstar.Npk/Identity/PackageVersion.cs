// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Northstar.Npk;

/// <summary>The version of a package or of the protocol: <c>major.minor.patch</c>, each a number below 2^64 without leading zeros.</summary>
/// <remarks>A pre-release or build part is checked when read and then dropped, so <c>1.0.0-rc.1</c> and <c>1.0.0</c> are the same version.</remarks>
/// <param name="Major">The first number.</param>
/// <param name="Minor">The second number.</param>
/// <param name="Patch">The third number.</param>
public readonly record struct PackageVersion(ulong Major, ulong Minor, ulong Patch) : IComparable<PackageVersion>
{
    /// <summary>Parses a version.</summary>
    /// <exception cref="FormatException"><paramref name="text"/> is no semantic version of three numbers.</exception>
    public static PackageVersion Parse(string text) =>
        TryParse(text, out PackageVersion version)
            ? version
            : throw new FormatException($"invalid version '{text}': three numbers 'major.minor.patch' without leading zeros are needed");

    /// <summary>Parses a version and tells whether it is well-formed.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out PackageVersion version)
    {
        version = default;
        return text is not null && SemanticVersionText.TryParse(text, out version, out _);
    }

    /// <summary>Compares by major, minor and patch.</summary>
    public int CompareTo(PackageVersion other)
    {
        int order = Major.CompareTo(other.Major);
        order = order != 0 ? order : Minor.CompareTo(other.Minor);
        return order != 0 ? order : Patch.CompareTo(other.Patch);
    }

    /// <summary>Returns <c>major.minor.patch</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}.{Patch}");

    /// <summary>Compares by major, minor and patch.</summary>
    public static bool operator <(PackageVersion left, PackageVersion right) => left.CompareTo(right) < 0;

    /// <summary>Compares by major, minor and patch.</summary>
    public static bool operator >(PackageVersion left, PackageVersion right) => left.CompareTo(right) > 0;

    /// <summary>Compares by major, minor and patch.</summary>
    public static bool operator <=(PackageVersion left, PackageVersion right) => left.CompareTo(right) <= 0;

    /// <summary>Compares by major, minor and patch.</summary>
    public static bool operator >=(PackageVersion left, PackageVersion right) => left.CompareTo(right) >= 0;
}
