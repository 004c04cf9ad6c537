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
}
