// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime.Linux.Cgroups;

/// <summary>Paths of groups, relative to the root of each hierarchy.</summary>
internal static class CgroupPath
{
    /// <summary>Splits a path into the names of its groups; an empty path is the root.</summary>
    /// <exception cref="InvalidDataException">The path is absolute, or a name is empty, <c>.</c>, <c>..</c> or has a NUL.</exception>
    internal static string[] Split(string path)
    {
        string[] names = path.Length == 0 ? [] : path.Split('/');
        if (names.Any(static name => name is "" or "." or ".." || name.Contains('\0')))
            throw new InvalidDataException($"cgroup path '{path}': names separated by single slashes are needed, without '.' and '..', relative to the root of the hierarchy");
        return names;
    }
}
