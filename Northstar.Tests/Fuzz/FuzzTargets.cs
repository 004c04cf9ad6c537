// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Tests.Fuzz.Targets;

namespace Northstar.Tests.Fuzz;

/// <summary>The table of targets: every parser of bytes that come from outside.</summary>
internal static class FuzzTargets
{
    private static readonly Lazy<IReadOnlyList<FuzzTarget>> s_all = new(Make);

    internal static IReadOnlyList<FuzzTarget> All => s_all.Value;

    /// <summary>Makes the table anew: a target can be run once.</summary>
    internal static IReadOnlyList<FuzzTarget> Make() =>
    [
        .. PackageTargets.All(),
        .. PackagePartTargets.All(),
        .. IdentityTargets.All(),
        .. ManifestTargets.All(),
        .. TomlTargets.All(),
        .. ConsoleTargets.All(),
        .. RuntimeTargets.All(),
        .. HostTargets.All(),
    ];
}
