// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using System.Text.RegularExpressions;

namespace Northstar.Host.Nstar;

/// <summary>Reads logs of strace and makes seccomp sections of them.</summary>
internal static partial class SyscallLog
{
    /// <summary>Returns the names of the system calls in a log, in ordinal order. Lines that begin no call are skipped.</summary>
    internal static SortedSet<string> ReadNames(IEnumerable<string> lines)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (string line in lines)
        {
            if (CallLine().Match(line) is { Success: true } call)
            {
                names.Add(call.Groups[1].Value);
            }
        }

        return names;
    }

    /// <summary>Writes the value of a manifest's <c>seccomp</c> that allows some calls, as YAML.</summary>
    /// <param name="names">The calls.</param>
    /// <param name="profile">The calls that the default profile has already, or null to do without the profile.</param>
    internal static string FormatSection(IEnumerable<string> names, IReadOnlySet<string>? profile)
    {
        var text = new StringBuilder(profile is null ? "" : "profile: default\n");
        string[] allowed = [.. names.Where(name => profile?.Contains(name) != true)];
        if (allowed.Length > 0)
        {
            text.Append("allow:\n").AppendJoin("", allowed.Select(static name => $"  {name}: any\n"));
        }

        return text.Length == 0 ? "{}\n" : text.ToString();
    }

    /// <summary>
    /// White space; a process id, bare or as <c>[pid N]</c>; a time stamp of the options <c>-t</c>, <c>-tt</c>, <c>-ttt</c> or <c>-r</c>; a name and its parenthesis.
    /// </summary>
    [GeneratedRegex(@"^(?>\s*)(?:(?:\[[^\]]*\]|(?>[0-9]+)(?![.:]))(?>\s*))?(?:[0-9]+(?::[0-9]{2}:[0-9]{2})?(?:\.[0-9]+)?\s+)?(?:\(\+\s*[0-9.]+\)\s+)?([A-Za-z0-9_]+)\(")]
    private static partial Regex CallLine();
}
