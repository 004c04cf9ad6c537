// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>The seccomp section of a manifest. Rules only widen; what no rule allows kills the process.</summary>
/// <param name="UsesDefaultProfile">Whether <c>profile: default</c> is given.</param>
/// <param name="Allow">Rules by system call name, or null when the key is absent.</param>
public sealed record Seccomp(bool UsesDefaultProfile, IReadOnlyDictionary<string, SeccompRule>? Allow);

/// <summary>A rule for one system call. A closed hierarchy.</summary>
public abstract record SeccompRule
{
    private SeccompRule()
    {
    }

    /// <summary>Allowed with all arguments.</summary>
    public sealed record Any : SeccompRule;

    /// <summary>Allowed if the argument equals one of <paramref name="Values"/>, or has no bit outside <paramref name="Mask"/>.</summary>
    /// <param name="Index">The argument's number, 0 to 5.</param>
    /// <param name="Values">At most 50 values, or null when absent.</param>
    /// <param name="Mask">The mask, or null when absent.</param>
    public sealed record Args(uint Index, IReadOnlyList<ulong>? Values, ulong? Mask) : SeccompRule;
}
