// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;

namespace Northstar.Npk;

/// <summary>Reads the size of a tmpfs: a number and an optional unit, decimal (<c>20M</c>) or binary (<c>20MiB</c>).</summary>
internal static class SizeText
{
    private const string Units = "kmgtpe";

    internal static bool TryParse(string text, out ulong bytes)
    {
        bytes = 0;
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        rest = rest.StartsWith("+") ? rest[1..] : rest;
        int length = rest.IndexOfAnyExceptInRange('0', '9');
        ReadOnlySpan<char> unit = length < 0 ? [] : rest[length..].TrimStart();
        if (!ulong.TryParse(length < 0 ? rest : rest[..length], NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
            || !TryFactor(unit, out ulong factor))
        {
            return false;
        }

        UInt128 product = (UInt128)number * factor;
        bytes = product <= ulong.MaxValue ? (ulong)product : 0;
        return product <= ulong.MaxValue;
    }

    private static bool TryFactor(ReadOnlySpan<char> unit, out ulong factor)
    {
        factor = 1;
        if (unit.Equals("b", StringComparison.OrdinalIgnoreCase) || unit.IsEmpty)
        {
            return true;
        }

        int power = Units.IndexOf(char.ToLowerInvariant(unit[0]), StringComparison.Ordinal) + 1;
        ReadOnlySpan<char> rest = unit[1..];
        bool isBinary = rest is ['i' or 'I', ..];
        rest = isBinary ? rest[1..] : rest;
        for (int i = 0; i < power; i++)
        {
            factor *= isBinary ? 1024u : 1000u;
        }

        return power > 0 && (rest.IsEmpty || rest is "b" or "B");
    }
}
