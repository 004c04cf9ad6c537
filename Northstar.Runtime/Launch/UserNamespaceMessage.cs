// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime.Launch;

/// <summary>What makes northstar-init enter a user namespace of its own and stay in it until its socket ends. Compiled into both sides.</summary>
/// <remarks>It answers once with an errno of four bytes, 0 when it is there.</remarks>
internal static class UserNamespaceMessage
{
    /// <summary>The only argument of northstar-init.</summary>
    internal const string Word = "user-namespace";
}
