// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>One cause for which something is refused, as <see cref="NpkException.Rule"/> names it. All of them are in <see cref="NpkRules"/>.</summary>
/// <param name="Id">A letter for the family and two digits. Stable: a number is never used again.</param>
/// <param name="Code">The coarse code that callers branch on.</param>
/// <param name="Meaning">What is wrong, in a few words; the cause in the message where there is nothing more to say.</param>
internal sealed record NpkRule(string Id, NpkErrorCode Code, string Meaning);
