// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;

namespace Northstar.Npk.Toml;

/// <summary>Integers and floats.</summary>
internal static class TomlNumber
{
    /// <summary>Returns the number, or null when the word is none or does not fit.</summary>
    internal static TomlValue? Parse(ReadOnlySpan<char> word, TomlPosition position)
    {
        bool negative = word[0] == '-';
        ReadOnlySpan<char> unsigned = word[0] is '-' or '+' ? word[1..] : word;
        if (unsigned is "inf" or "nan")
        {
            double special = unsigned is "nan" ? double.NaN : double.PositiveInfinity;
            return new TomlFloat(position, negative ? -special : special);
        }

        if (unsigned.Length > 2 && unsigned[0] == '0' && unsigned[1] is 'x' or 'o' or 'b')
        {
            return unsigned.Length == word.Length ? ParsePrefixed(unsigned, position) : null;
        }

        return unsigned.IndexOfAny(".eE") >= 0 ? ParseFloat(word, unsigned, position) : ParseDecimal(word, unsigned, position);
    }

    private static TomlInteger? ParsePrefixed(ReadOnlySpan<char> text, TomlPosition position)
    {
        (ulong radix, string allowed) = text[1] switch
        {
            'x' => (16ul, "0123456789abcdefABCDEF"),
            'o' => (8ul, "01234567"),
            _ => (2ul, "01"),
        };
        if (!TryGroups(text[2..], allowed, out string digits))
        {
            return null;
        }

        ulong number = 0;
        foreach (char c in digits)
        {
            if (number > long.MaxValue / radix)
            {
                return null;
            }

            number = (number * radix) + (ulong)Convert.ToInt32(c.ToString(), 16);
        }

        return number <= long.MaxValue ? new TomlInteger(position, (long)number) : null;
    }

    private static TomlInteger? ParseDecimal(ReadOnlySpan<char> word, ReadOnlySpan<char> unsigned, TomlPosition position)
    {
        bool valid = TryGroups(unsigned, "0123456789", out string digits) && !HasLeadingZero(digits);
        string sign = word[0] == '-' ? "-" : "";
        return valid && long.TryParse(sign + digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            ? new TomlInteger(position, number)
            : null;
    }

    private static TomlFloat? ParseFloat(ReadOnlySpan<char> word, ReadOnlySpan<char> unsigned, TomlPosition position)
    {
        int exponentAt = unsigned.IndexOfAny('e', 'E');
        ReadOnlySpan<char> mantissa = exponentAt < 0 ? unsigned : unsigned[..exponentAt];
        string exponent = "0";
        if (exponentAt >= 0)
        {
            ReadOnlySpan<char> text = unsigned[(exponentAt + 1)..];
            bool signed = !text.IsEmpty && text[0] is '+' or '-';
            if (!TryGroups(signed ? text[1..] : text, "0123456789", out exponent))
            {
                return null;
            }

            exponent = (signed && text[0] == '-' ? "-" : "") + exponent;
        }

        int dot = mantissa.IndexOf('.');
        string fraction = "0";
        if (!TryGroups(dot < 0 ? mantissa : mantissa[..dot], "0123456789", out string whole) || HasLeadingZero(whole)
            || (dot >= 0 && !TryGroups(mantissa[(dot + 1)..], "0123456789", out fraction)))
        {
            return null;
        }

        string normal = $"{(word[0] == '-' ? "-" : "")}{whole}.{fraction}e{exponent}";
        return double.TryParse(normal, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? new TomlFloat(position, number) : null;
    }

    private static bool HasLeadingZero(string digits) => digits.Length > 1 && digits[0] == '0';

    /// <summary>Reads digits with single underscores between them and removes these.</summary>
    private static bool TryGroups(ReadOnlySpan<char> text, string allowed, out string digits)
    {
        digits = "";
        if (text.IsEmpty || text[0] == '_' || text[^1] == '_' || text.IndexOf("__") >= 0)
        {
            return false;
        }

        digits = text.ToString().Replace("_", "", StringComparison.Ordinal);
        return !digits.AsSpan().ContainsAnyExcept(allowed);
    }
}
