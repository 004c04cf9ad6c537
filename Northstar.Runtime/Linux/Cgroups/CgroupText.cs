// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;

namespace Northstar.Runtime.Linux.Cgroups;

/// <summary>Reads the texts of control files. Never fails: what is no number counts as absent.</summary>
internal static class CgroupText
{
    /// <summary>Reads a counter; anything else is 0.</summary>
    internal static ulong Counter(ReadOnlySpan<char> text) =>
        ulong.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : 0;

    /// <summary>Reads a limit; the word <c>max</c> is -1, a number beyond the range its end, anything else <paramref name="absent"/>.</summary>
    internal static long Limit(ReadOnlySpan<char> text, long absent)
    {
        text = text.Trim();
        if (text is "max")
            return -1;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
            return number;
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? long.MaxValue : absent;
    }

    /// <summary>Reads lines of a name, a blank and a counter; others are skipped.</summary>
    internal static Dictionary<string, ulong> Counters(string text)
    {
        Dictionary<string, ulong> counters = new(StringComparer.Ordinal);
        foreach (string line in text.Split('\n'))
        {
            int blank = line.IndexOf(' ', StringComparison.Ordinal);
            if (blank > 0 && ulong.TryParse(line.AsSpan(blank + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ulong number))
                counters[line[..blank]] = number;
        }

        return counters;
    }

    /// <summary>Reads a block device's <c>major:minor</c>, as far as the protocol can carry it (16 bits with a sign).</summary>
    internal static bool TryDevice(ReadOnlySpan<char> text, out short major, out short minor)
    {
        minor = 0;
        int colon = text.IndexOf(':');
        return short.TryParse(colon < 0 ? default : text[..colon], NumberStyles.None, CultureInfo.InvariantCulture, out major)
            && short.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out minor);
    }
}
