// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Linux;

namespace Northstar.Runtime;

/// <summary>Asks the host for what the runtime needs, and keeps the reason of every no. Nothing is decided by version numbers.</summary>
public static class HostFeatures
{
    /// <summary>Runs every check. Whatever they make is gone afterwards.</summary>
    /// <remarks>They make a loop device, mounts and namespaces of their own; without the rights for that they say so.</remarks>
    public static IReadOnlyList<HostFinding> Probe() => [.. HostChecks.All.Select(static c => c.Run())];

    /// <summary>Returns what is missing that the runtime cannot start without; looks only at what costs next to nothing.</summary>
    internal static IEnumerable<string> FindMissing() =>
        HostChecks.All.Where(static c => c is { IsRequired: true, IsQuick: true }).Select(static c => c.Run()).Where(static f => !f.IsPresent).Select(Describe);

    /// <summary>Returns why a feature is missing, or null when it is there.</summary>
    internal static string? WhyMissing(string name) => HostChecks.All.Single(c => c.Name == name).Run().Problem;

    private static string Describe(HostFinding finding)
    {
        string options = finding.Options.Count == 0 ? "" : $" ({string.Join(", ", finding.Options.Select(static o => "CONFIG_" + o))})";
        return $"{finding.Name}: {finding.Problem}; without it {finding.Without}{options}";
    }
}
