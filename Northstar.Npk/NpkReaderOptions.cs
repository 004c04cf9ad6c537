// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>How a package is opened.</summary>
public sealed class NpkReaderOptions
{
    /// <summary>
    /// Gets the keys of which one must have signed the package. Empty, the default: the package is trusted, and its signature is not looked at.
    /// </summary>
    public IReadOnlyList<PublicKey> Keys { get; init; } = [];

    /// <summary>
    /// Gets a value indicating whether version and manifest are read only when they are asked for, so that a tool can show or unpack a package
    /// whose manifest is invalid. Signature, structure and image are checked as always.
    /// </summary>
    public bool StructureOnly { get; init; }

    /// <summary>Gets what is told of each step, in order; a step that fails is not told.</summary>
    internal Action<OpenStep>? Observer { get; init; }
}
