// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime;

/// <summary>What one check of the host found.</summary>
/// <param name="Group">What it belongs to: <c>rights</c>, <c>images</c>, <c>isolation</c>, <c>cgroups</c>, <c>verity</c>, <c>other</c>.</param>
/// <param name="Name">What was looked at; stable.</param>
/// <param name="IsRequired">Whether no container can start without it.</param>
/// <param name="Since">The kernel that has it first, such as <c>5.12</c>, or empty for every kernel that can be meant.</param>
/// <param name="Options">The kernel options behind it, without <c>CONFIG_</c>.</param>
/// <param name="Without">What does not work without it.</param>
/// <param name="Problem">Why it is missing, with the errno where a call failed; null when it is there.</param>
public sealed record HostFinding(
    string Group, string Name, bool IsRequired, string Since, IReadOnlyList<string> Options, string Without, string? Problem)
{
    /// <summary>Gets a value indicating whether it is there.</summary>
    public bool IsPresent => Problem is null;
}
