// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.Globalization;

namespace Northstar.Host.Configuration;

/// <summary>Sizes of the configuration: bytes alone, or a decimal number with a unit, such as <c>10 MB</c> (10^7) or <c>1.5GiB</c>.</summary>
/// <remarks>The manifest has another syntax for the size of a tmpfs.</remarks>
internal static class SizeText
{
    internal const string Hint = "write bytes (\"1048576\") or a number with a unit: K, M, G, T, P (1000), Ki, Mi, Gi, Ti, Pi (1024)";

    private static readonly SearchValues<char> s_number = SearchValues.Create("0123456789.");

    private const double Limit = 18_446_744_073_709_551_616.0; // 2^64

    /// <summary>Reads a size; more than 64 bits hold becomes the largest. Returns what is wrong, or null.</summary>
    internal static string? TryParse(string text, out ulong bytes)
    {
        bytes = 0;
        ReadOnlySpan<char> digits = text.StartsWith('+') ? text.AsSpan(1) : text;
        if (!digits.IsEmpty && !digits.ContainsAnyExceptInRange('0', '9'))
        {
            return ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out bytes) ? null : "the size is too large";
        }

        int end = text.AsSpan().IndexOfAnyExcept(s_number);
        end = end < 0 ? text.Length : end;
        if (!double.TryParse(text.AsSpan(0, end), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number))
        {
            return text.Length == 0 ? "the size is empty" : $"'{text}' does not begin with a number";
        }

        ReadOnlySpan<char> unit = text.AsSpan(end).TrimStart();
        if (Factor(unit) is not { } factor)
        {
            return unit.IsEmpty ? "a fraction needs a unit" : $"'{unit}' is no unit of size";
        }

        double product = number * factor;
        bytes = product >= Limit ? ulong.MaxValue : (ulong)product;
        return null;
    }

    private static double? Factor(ReadOnlySpan<char> unit)
    {
        Span<char> lower = stackalloc char[4];
        if (unit.IsEmpty || unit.Length > 3)
        {
            return null;
        }

        ReadOnlySpan<char> word = lower[..unit.ToLowerInvariant(lower)];
        if (word is "b")
        {
            return 1;
        }

        int power = "kmgtp".IndexOf(word[0]) + 1;
        return power == 0 ? null : word[1..] switch
        {
            "" or "b" => Math.Pow(1000, power),
            "i" or "ib" => Math.Pow(1024, power),
            _ => null,
        };
    }
}
