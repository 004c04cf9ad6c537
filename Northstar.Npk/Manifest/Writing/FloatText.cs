// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;

namespace Northstar.Npk;

/// <summary>Writes a float so that it stays one when read again: with a fraction or an exponent, such as <c>1000.0</c> or <c>1e22</c>.</summary>
internal static class FloatText
{
    internal static string Format(double number)
    {
        if (number is 0)
        {
            return double.IsNegative(number) ? "-0.0" : "0.0";
        }

        // The shortest digits that read back, and where the decimal point stands among them.
        string[] parts = number.ToString("R", CultureInfo.InvariantCulture).TrimStart('-').Split('E');
        string[] halves = parts[0].Split('.');
        string all = halves[0] + (halves.Length > 1 ? halves[1] : "");
        int leading = all.Length - all.TrimStart('0').Length;
        string digits = all.Trim('0');
        int point = halves[0].Length - leading + (parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0);
        string text = point switch
        {
            > 0 and <= 16 when digits.Length <= point => digits.PadRight(point, '0') + ".0",
            > 0 and <= 16 => $"{digits[..point]}.{digits[point..]}",
            > -5 and <= 0 => $"0.{new string('0', -point)}{digits}",
            _ => $"{digits[0]}{(digits.Length > 1 ? "." + digits[1..] : "")}e{point - 1}",
        };
        return (double.IsNegative(number) ? "-" : "") + text;
    }
}
