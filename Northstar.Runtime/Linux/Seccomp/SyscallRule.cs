// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime.Linux.Seccomp;

/// <summary>Decides when an argument, reduced to the bits of <paramref name="Mask"/>, equals one of <paramref name="Values"/>.</summary>
/// <param name="Index">The argument's number, 0 to 5.</param>
/// <param name="Mask">The bits that count.</param>
/// <param name="Values">The values; none has a bit outside <paramref name="Mask"/>.</param>
/// <param name="Action">What the filter answers then.</param>
internal sealed record ArgumentTest(uint Index, ulong Mask, IReadOnlyList<ulong> Values, SeccompAction Action);

/// <summary>What a filter answers to one system call: the first test that applies decides.</summary>
/// <param name="Tests">The tests in their order.</param>
/// <param name="Otherwise">The answer when none applies; null is the filter's answer to what it does not allow.</param>
internal sealed record SyscallRule(IReadOnlyList<ArgumentTest> Tests, SeccompAction? Otherwise)
{
    /// <summary>The call is allowed with all arguments.</summary>
    internal static SyscallRule Allowed { get; } = new([], SeccompAction.Allow);
}
