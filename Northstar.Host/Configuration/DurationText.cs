// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text;

namespace Northstar.Host.Configuration;

/// <summary>Durations for people: whole numbers with units, such as <c>1m 30s</c>, which are added.</summary>
internal static class DurationText
{
    internal const string Hint = "write whole numbers with units, such as \"10s\", \"500ms\" or \"1m 30s\"";

    private static readonly (ulong Nanoseconds, string[] Words)[] s_units =
    [
        (1, ["ns", "nsec", "nanos"]),
        (1_000, ["us", "usec", "µs"]),
        (1_000_000, ["ms", "msec", "millis"]),
        (1_000_000_000, ["s", "sec", "secs", "second", "seconds"]),
        (60_000_000_000, ["m", "min", "mins", "minute", "minutes"]),
        (3_600_000_000_000, ["h", "hr", "hrs", "hour", "hours"]),
        (86_400_000_000_000, ["d", "day", "days"]),
        (604_800_000_000_000, ["w", "week", "weeks"]),
        (2_630_016_000_000_000, ["M", "month", "months"]),
        (31_557_600_000_000_000, ["y", "year", "years"]),
    ];

    /// <summary>Reads a duration; what is finer than 100 ns is rounded up. Returns what is wrong, or null.</summary>
    internal static string? TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        UInt128 sum = 0;
        int at = SkipSpaces(text, 0);
        if (at == text.Length)
        {
            return "the duration is empty";
        }

        while (at < text.Length)
        {
            if (ReadNumber(text, ref at, out ulong number) is { } problem)
            {
                return problem;
            }

            int start = at;
            while (at < text.Length && (char.IsAsciiLetter(text[at]) || text[at] == 'µ'))
            {
                at++;
            }

            string word = text[start..at];
            int unit = Array.FindIndex(s_units, u => u.Words.Contains(word, StringComparer.Ordinal));
            if (unit < 0)
            {
                return word.Length == 0 ? $"a unit is missing at '{text[start..]}'" : $"'{word}' is no unit of time";
            }

            sum += (UInt128)number * s_units[unit].Nanoseconds;
            at = SkipSpaces(text, at);
        }

        UInt128 ticks = (sum + 99) / 100;
        if (ticks > (UInt128)long.MaxValue)
        {
            return "the duration is too long";
        }

        duration = TimeSpan.FromTicks((long)ticks);
        return null;
    }

    /// <summary>Returns the duration with every unit that is not zero, the largest first.</summary>
    internal static string Format(ulong nanoseconds)
    {
        if (nanoseconds == 0)
        {
            return "0s";
        }

        var text = new StringBuilder();
        Take(31_557_600_000_000_000, "year", plural: true);
        Take(2_630_016_000_000_000, "month", plural: true);
        Take(86_400_000_000_000, "day", plural: true);
        Take(3_600_000_000_000, "h", plural: false);
        Take(60_000_000_000, "m", plural: false);
        Take(1_000_000_000, "s", plural: false);
        Take(1_000_000, "ms", plural: false);
        Take(1_000, "us", plural: false);
        Take(1, "ns", plural: false);
        return text.ToString();

        void Take(ulong size, string unit, bool plural)
        {
            ulong count = nanoseconds / size;
            nanoseconds %= size;
            if (count > 0)
            {
                text.Append(text.Length > 0 ? " " : "").Append(count.ToString(CultureInfo.InvariantCulture)).Append(unit);
                text.Append(plural && count > 1 ? "s" : "");
            }
        }
    }

    // White space may stand between the digits of a number too.
    private static string? ReadNumber(string text, ref int at, out ulong number)
    {
        number = 0;
        int start = at;
        if (!char.IsAsciiDigit(text[at]))
        {
            return $"a whole number is needed at '{text[at..]}'";
        }

        for (; at < text.Length && (char.IsAsciiDigit(text[at]) || char.IsWhiteSpace(text[at])); at++)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                continue;
            }

            ulong digit = (ulong)(text[at] - '0');
            if (number > (ulong.MaxValue - digit) / 10)
            {
                return $"the number at '{text[start..]}' is too large";
            }

            number = (number * 10) + digit;
        }

        return null;
    }

    private static int SkipSpaces(string text, int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
        }

        return at;
    }
}
