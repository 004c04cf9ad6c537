// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Tests.Fuzz;

/// <summary>Changes an input a little.</summary>
internal interface IMutator
{
    /// <summary>Returns a changed copy.</summary>
    /// <param name="random">Where all chance comes from.</param>
    /// <param name="input">What is changed; it stays as it is.</param>
    /// <param name="pool">Other inputs, to take pieces from.</param>
    byte[] Mutate(FuzzRandom random, byte[] input, IReadOnlyList<byte[]> pool);
}
