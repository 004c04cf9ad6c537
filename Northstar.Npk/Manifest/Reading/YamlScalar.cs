// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.Globalization;

namespace Northstar.Npk;

/// <summary>What a plain scalar of YAML is (core schema, as <c>serde_yaml</c> reads it): null, boolean, number or text.</summary>
internal static class YamlScalar
{
    private static readonly SearchValues<char> s_hexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    internal static ScalarKind Resolve(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => ScalarKind.Null,
        "true" or "True" or "TRUE" or "false" or "False" or "FALSE" => ScalarKind.Boolean,
        _ when IsInteger(text) => ScalarKind.Integer,
        _ when TryFloat(text, out _) => ScalarKind.Float,
        _ => ScalarKind.String,
    };

    /// <summary>Tells whether the text is digits with a leading zero, which some readers take for an octal number.</summary>
    internal static bool HasLeadingZero(string text)
    {
        ReadOnlySpan<char> digits = WithoutSign(text);
        return digits.Length > 1 && digits[0] == '0' && !digits.ContainsAnyExceptInRange('0', '9');
    }

    /// <summary>Reads an integer: decimal, <c>0x</c>, <c>0o</c> or <c>0b</c>, with an optional sign; false when it has more than 65 bits.</summary>
    internal static bool TryInteger(string text, out Int128 number)
    {
        number = 0;
        if (!IsInteger(text))
        {
            return false;
        }

        ReadOnlySpan<char> digits = WithoutSign(text);
        uint radix = Radix(digits);
        foreach (char c in radix == 10 ? digits : digits[2..])
        {
            number = (number * radix) + (char.IsAsciiDigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
            if (number > (Int128)ulong.MaxValue + 1)
            {
                return false;
            }
        }

        number = text[0] == '-' ? -number : number;
        return true;
    }

    internal static bool TryFloat(string text, out double number)
    {
        ReadOnlySpan<char> unsigned = WithoutSign(text);
        bool negative = text.StartsWith('-');
        switch (unsigned)
        {
            case ".inf" or ".Inf" or ".INF":
                number = negative ? double.NegativeInfinity : double.PositiveInfinity;
                return true;
            case ".nan" or ".NaN" or ".NAN" when unsigned.Length == text.Length:
                number = double.NaN;
                return true;
            default:
                number = 0;
                return !unsigned.IsEmpty && (char.IsAsciiDigit(unsigned[0]) || unsigned[0] == '.') && !HasLeadingZero(text)
                    && double.TryParse(
                        text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out number)
                    && double.IsFinite(number);
        }
    }

    private static bool IsInteger(string text)
    {
        ReadOnlySpan<char> digits = WithoutSign(text);
        uint radix = Radix(digits);
        return radix switch
        {
            10 => !digits.IsEmpty && !digits.ContainsAnyExceptInRange('0', '9') && (digits.Length == 1 || digits[0] != '0'),
            16 => digits.Length > 2 && !digits[2..].ContainsAnyExcept(s_hexDigits),
            _ => digits.Length > 2 && !digits[2..].ContainsAnyExceptInRange('0', (char)('0' + radix - 1)),
        };
    }

    private static uint Radix(ReadOnlySpan<char> digits) => digits switch
    {
        ['0', 'x', ..] => 16,
        ['0', 'o', ..] => 8,
        ['0', 'b', ..] => 2,
        _ => 10,
    };

    private static ReadOnlySpan<char> WithoutSign(string text) => text is ['+' or '-', ..] ? text.AsSpan(1) : text;
}
