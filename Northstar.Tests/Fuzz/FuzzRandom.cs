// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Tests.Fuzz;

/// <summary>Random numbers that are the same for a seed on every version of .NET, and cost little to begin anew for each case.</summary>
/// <remarks>SplitMix64 (Steele, Lea, Flood 2014).</remarks>
internal sealed class FuzzRandom(ulong seed)
{
    private ulong _state = seed;

    internal ulong Next()
    {
        unchecked
        {
            ulong z = _state += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }

    /// <summary>Returns a number from 0 to one less than <paramref name="bound"/>.</summary>
    internal int Below(int bound) => (int)(Next() % (ulong)bound);

    /// <summary>Returns a number of the range, both ends included.</summary>
    internal int Between(int low, int high) => low + Below(high - low + 1);

    internal bool OneIn(int n) => Below(n) == 0;

    internal T Pick<T>(IReadOnlyList<T> items) => items[Below(items.Count)];

    /// <summary>Returns 1 half of the time, 2 a quarter of the time, and so on, but never more than <paramref name="most"/>.</summary>
    internal int Few(int most)
    {
        int count = 1;
        while (count < most && OneIn(2))
        {
            count++;
        }

        return count;
    }
}
