// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>Stops reading a manifest at an error that leaves no tree to look at further.</summary>
internal sealed class ManifestSyntaxException(string rule, Place place, string message) : Exception(message)
{
    internal string Rule { get; } = rule;

    internal Place Place { get; } = place;
}
