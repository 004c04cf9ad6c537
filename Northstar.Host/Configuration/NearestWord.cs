// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Host.Configuration;

/// <summary>Finds what a mistyped word was meant to be.</summary>
internal static class NearestWord
{
    /// <summary>Returns a question for the one known word that is close enough, or null.</summary>
    internal static string? Suggest(string word, IEnumerable<string> known)
    {
        (string? nearest, int distance) = (null, int.MaxValue);
        // The distance is at least the difference of the lengths; most words are far off by that alone.
        foreach (string candidate in known.Where(candidate => Math.Abs(candidate.Length - word.Length) <= MaxDistance(candidate)).Order(StringComparer.Ordinal))
        {
            int d = Distance(word.ToLowerInvariant().Replace('-', '_'), candidate.ToLowerInvariant().Replace('-', '_'));
            (nearest, distance) = d < distance ? (candidate, d) : (nearest, distance);
        }

        return nearest is not null && distance <= MaxDistance(nearest) ? $"did you mean '{nearest}'?" : null;
    }

    private static int MaxDistance(string candidate) => Math.Max(1, candidate.Length / 3);

    // Levenshtein: the fewest insertions, removals and replacements. Two neighbours that changed places count as one.
    private static int Distance(string a, string b)
    {
        int[,] cost = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    cost[i, j] = i + j;
                    continue;
                }

                int replaced = cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                cost[i, j] = Math.Min(replaced, Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
                }
            }
        }

        return cost[a.Length, b.Length];
    }
}
