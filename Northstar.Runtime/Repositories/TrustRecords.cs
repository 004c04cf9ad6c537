// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime.Repositories;

/// <summary>What the runtime remembers about keys from one start to the next.</summary>
/// <param name="Serials">The last list of keys of each repository.</param>
/// <param name="Pins">The key of the first package of each name.</param>
internal sealed record TrustRecords(KeyListSerials Serials, PinnedNames Pins);
