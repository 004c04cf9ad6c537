// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>Compares the mounts of a manifest with the tree of an image that was not made for it.</summary>
public static class MountPoints
{
    private const int MostLinks = 40;

    /// <summary>
    /// Returns the targets that are not in the tree, so that the mount would fail, in the order of the manifest. Symbolic links are followed
    /// inside the tree. A target below that of another mount is not looked for: it may come with that mount.
    /// </summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="tree">The whole tree (<see cref="NpkUnpacker.List"/>).</param>
    public static IReadOnlyList<string> Missing(Manifest manifest, IReadOnlyList<SquashfsEntry> tree)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(tree);
        Dictionary<string, SquashfsEntry> entries = new(StringComparer.Ordinal);
        foreach (SquashfsEntry entry in tree)
        {
            entries.TryAdd(entry.Path, entry);
        }

        return [.. manifest.Mounts.Keys.Where(target => !IsBelowAnother(target, manifest.Mounts.Keys) && !Exists(target, entries))];
    }

    private static bool IsBelowAnother(string target, IEnumerable<string> targets) =>
        targets.Any(other => target.Length > other.Length && target.StartsWith(other.TrimEnd('/') + "/", StringComparison.Ordinal));

    private static bool Exists(string target, Dictionary<string, SquashfsEntry> entries)
    {
        string path = "";
        int links = 0;
        Stack<string> rest = new(Enumerable.Reverse(target.Split('/')));
        while (rest.TryPop(out string? name))
        {
            if (name is "" or ".")
            {
                continue;
            }

            if (name == "..")
            {
                path = path[..Math.Max(0, path.LastIndexOf('/'))];
                continue;
            }

            if (!entries.TryGetValue($"{path}/{name}", out SquashfsEntry? entry) || links > MostLinks)
            {
                return false;
            }

            if (entry.LinkTarget is not { } link)
            {
                path = entry.Path;
                continue;
            }

            links++;
            path = link.StartsWith('/') ? "" : path;
            foreach (string part in Enumerable.Reverse(link.Split('/')))
            {
                rest.Push(part);
            }
        }

        return true;
    }
}
