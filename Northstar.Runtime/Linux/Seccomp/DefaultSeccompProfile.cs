// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Linux.Seccomp;

namespace Northstar.Runtime;

/// <summary>The seccomp profile <c>default</c> of manifests, as far as it is the same for every container.</summary>
public static class DefaultSeccompProfile
{
    /// <summary>Returns the names of the system calls that need no rule in a manifest beside the profile.</summary>
    /// <param name="architecture">The architecture of the containers.</param>
    /// <returns>
    /// The kernel's names. Some are allowed with certain arguments only, such as <c>clone</c> and <c>personality</c>; <c>clone3</c> answers ENOSYS,
    /// which makes C libraries use <c>clone</c>. What a capability adds is not among them. Names that the architecture lacks may be.
    /// </returns>
    public static IReadOnlySet<string> GetNames(Architecture architecture) =>
        new HashSet<string>([.. SeccompProfile.Allowed(architecture), .. SeccompProfile.Conditional.Keys, "clone3"], StringComparer.Ordinal);
}
