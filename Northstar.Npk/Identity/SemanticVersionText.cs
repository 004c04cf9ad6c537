// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>Reads the text form of a semantic version, pre-release and build part included (semver.org 2.0.0).</summary>
internal static class SemanticVersionText
{
    /// <summary>Reads a complete version; <paramref name="preRelease"/> is empty when the text has none.</summary>
    internal static bool TryParse(ReadOnlySpan<char> text, out PackageVersion version, out string preRelease)
    {
        version = default;
        preRelease = "";
        ReadOnlySpan<char> rest = text;
        if (!TryNumber(ref rest, out ulong major) || !TrySkip(ref rest, '.')
            || !TryNumber(ref rest, out ulong minor) || !TrySkip(ref rest, '.')
            || !TryNumber(ref rest, out ulong patch) || !TrySuffix(rest, out preRelease))
        {
            return false;
        }

        version = new PackageVersion(major, minor, patch);
        return true;
    }

    /// <summary>Reads a decimal number without leading zeros from the front.</summary>
    internal static bool TryNumber(ref ReadOnlySpan<char> text, out ulong number)
    {
        int length = text.IndexOfAnyExceptInRange('0', '9');
        length = length < 0 ? text.Length : length;
        number = 0;
        if (length == 0 || (length > 1 && text[0] == '0') || !ulong.TryParse(text[..length], out number))
        {
            return false;
        }

        text = text[length..];
        return true;
    }

    /// <summary>Removes one character from the front if it is there.</summary>
    internal static bool TrySkip(ref ReadOnlySpan<char> text, char expected)
    {
        if (text.IsEmpty || text[0] != expected)
        {
            return false;
        }

        text = text[1..];
        return true;
    }

    /// <summary>Checks what follows the three numbers: nothing, <c>-pre.release</c>, <c>+build</c> or both.</summary>
    internal static bool TrySuffix(ReadOnlySpan<char> text, out string preRelease)
    {
        preRelease = "";
        if (!text.IsEmpty && text[0] == '-')
        {
            int plus = text.IndexOf('+');
            ReadOnlySpan<char> part = plus < 0 ? text[1..] : text[1..plus];
            if (!AreIdentifiers(part, leadingZeros: false))
            {
                return false;
            }

            preRelease = part.ToString();
            text = plus < 0 ? [] : text[plus..];
        }

        return text.IsEmpty || (text[0] == '+' && AreIdentifiers(text[1..], leadingZeros: true));
    }

    private static bool AreIdentifiers(ReadOnlySpan<char> text, bool leadingZeros)
    {
        foreach (Range range in text.Split('.'))
        {
            ReadOnlySpan<char> part = text[range];
            bool digits = !part.ContainsAnyExceptInRange('0', '9');
            foreach (char c in part)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c != '-')
                {
                    return false;
                }
            }

            if (part.IsEmpty || (!leadingZeros && digits && part.Length > 1 && part[0] == '0'))
            {
                return false;
            }
        }

        return true;
    }
}
