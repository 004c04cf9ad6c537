// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>The names of <see cref="Permissions"/> in manifests, configuration and messages, such as <c>token_create</c>.</summary>
public static class PermissionNames
{
    private const string Downgrade = "downgrade";

    /// <summary>Finds the permission that <paramref name="name"/> stands for; <c>full</c> is none of them.</summary>
    public static bool TryParse(string name, out Permissions permission)
    {
        permission = Permissions.Downgrade;
        return name == Downgrade || ManifestWords.Permissions.TryParse(name, out permission);
    }

    /// <summary>Returns the names of the permissions in a set, in the order of the protocol's table.</summary>
    public static IEnumerable<string> Of(Permissions set)
    {
        IEnumerable<string> names = ManifestWords.Permissions.Values.Where(p => set.HasFlag(p)).Select(p => ManifestWords.Permissions[p]);
        return set.HasFlag(Permissions.Downgrade) ? names.Append(Downgrade) : names;
    }
}
