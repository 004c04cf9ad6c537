// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>The kernel's names of capabilities (capabilities(7)), such as <c>CAP_NET_ADMIN</c>, in manifests and configuration.</summary>
public static class CapabilityNames
{
    /// <summary>Gets all names.</summary>
    public static IReadOnlyCollection<string> All => ManifestWords.Capability.All;

    /// <summary>Finds the capability that <paramref name="name"/> stands for.</summary>
    public static bool TryParse(string name, out Capability capability) => ManifestWords.Capability.TryParse(name, out capability);

    /// <summary>Returns the name of a capability.</summary>
    public static string Of(Capability capability) => ManifestWords.Capability[capability];
}
