// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Host.Check;

/// <summary>A line of <c>northstar check</c>.</summary>
/// <param name="Group">The heading above it.</param>
/// <param name="Name">What was looked at.</param>
/// <param name="IsRequired">Whether it has to be there.</param>
/// <param name="Problem">Why it is not as it should be; null when it is.</param>
/// <param name="Without">What does not work then.</param>
/// <param name="Options">The kernel options behind it, without <c>CONFIG_</c>.</param>
internal sealed record CheckRow(string Group, string Name, bool IsRequired, string? Problem, string Without, IReadOnlyList<string> Options)
{
    /// <summary>Gets a value indicating whether it makes the check fail.</summary>
    internal bool IsFailure => IsRequired && Problem is not null;
}
