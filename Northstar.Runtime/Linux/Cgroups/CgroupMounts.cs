// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;

namespace Northstar.Runtime.Linux.Cgroups;

/// <summary>Where the hierarchies of cgroups are mounted, read from mountinfo (proc_pid_mountinfo(5)).</summary>
/// <param name="V1">Mount points of version 1 by controller; controllers that share a hierarchy share the path.</param>
/// <param name="Unified">The mount point of version 2, or null.</param>
internal sealed record CgroupMounts(IReadOnlyDictionary<string, string> V1, string? Unified)
{
    private const int MountPointField = 4;

    /// <summary>Reads the text of a mountinfo file. Of several mounts of one hierarchy the first counts; lines that are no mounts are skipped.</summary>
    internal static CgroupMounts Parse(string mountinfo)
    {
        Dictionary<string, string> v1 = new(StringComparer.Ordinal);
        string? unified = null;
        foreach (string line in mountinfo.Split('\n'))
        {
            string[] halves = line.Split(" - ", 2);
            if (halves.Length < 2)
                continue;
            string[] mount = halves[0].Split(' ');
            string[] superBlock = halves[1].Split(' ');
            if (mount.Length <= MountPointField || superBlock.Length < 3)
                continue;
            string path = Unescape(mount[MountPointField]);
            if (superBlock[0] == "cgroup2")
                unified ??= path;
            else if (superBlock[0] == "cgroup")
                Array.ForEach(superBlock[2].Split(','), option => v1.TryAdd(option, path));
        }

        return new CgroupMounts(v1, unified);
    }

    // The kernel writes blanks, tabs, line feeds and backslashes of a path as three octal digits.
    private static string Unescape(string text)
    {
        if (!text.Contains('\\'))
            return text;
        var plain = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 3 < text.Length && !text.AsSpan(i + 1, 3).ContainsAnyExceptInRange('0', '7'))
            {
                plain.Append((char)(((text[i + 1] - '0') * 64) + ((text[i + 2] - '0') * 8) + (text[i + 3] - '0')));
                i += 3;
            }
            else
            {
                plain.Append(text[i]);
            }
        }

        return plain.ToString();
    }
}
