// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>One comparator of a <see cref="VersionRequirement"/>: an operator and one to three numbers.</summary>
internal readonly record struct VersionComparator(VersionComparator.Op Operator, ulong Major, ulong? Minor, ulong? Patch, string PreRelease)
{
    internal enum Op
    {
        Exact,
        Greater,
        GreaterOrEqual,
        Less,
        LessOrEqual,
        Tilde,
        Caret,
        Wildcard,
    }

    internal static bool TryParse(ReadOnlySpan<char> text, out VersionComparator comparator)
    {
        comparator = default;
        bool hasOperator = TryOperator(ref text, out Op op);
        text = text.TrimStart(' ');
        if (!SemanticVersionText.TryNumber(ref text, out ulong major))
        {
            return false;
        }

        ulong? minor = null;
        ulong? patch = null;
        bool wildcard = false;
        if (SemanticVersionText.TrySkip(ref text, '.') && !TryPart(ref text, ref wildcard, out minor))
        {
            return false;
        }

        if (SemanticVersionText.TrySkip(ref text, '.') && !TryPart(ref text, ref wildcard, out patch))
        {
            return false;
        }

        string preRelease = "";
        if (patch is null ? !text.IsEmpty : !SemanticVersionText.TrySuffix(text, out preRelease))
        {
            return false;
        }

        comparator = new VersionComparator(wildcard && !hasOperator ? Op.Wildcard : op, major, minor, patch, preRelease);
        return true;
    }

    internal bool Matches(PackageVersion version)
    {
        PackageVersion low = new(Major, Minor ?? 0, Patch ?? 0);
        // A release is higher than its pre-releases, and container versions never have one.
        bool pre = PreRelease.Length > 0;
        return Operator switch
        {
            Op.Exact => !pre && SharesGivenParts(version),
            Op.Wildcard => SharesGivenParts(version),
            Op.Greater => pre ? version >= low : version > low && (Patch is not null || !SharesGivenParts(version)),
            Op.GreaterOrEqual => version >= low,
            Op.Less => version < low,
            Op.LessOrEqual => version < low || (!pre && SharesGivenParts(version)),
            Op.Tilde => version >= low && version.Major == Major && (Minor is null || version.Minor == Minor),
            _ => version >= low && SharesLeadingPart(version),
        };
    }

    public override string ToString()
    {
        string op = Operator switch
        {
            Op.Exact => "=",
            Op.Greater => ">",
            Op.GreaterOrEqual => ">=",
            Op.Less => "<",
            Op.LessOrEqual => "<=",
            Op.Tilde => "~",
            Op.Caret => "^",
            _ => "",
        };
        string minor = Minor is { } m ? $".{m}" : "";
        string patch = Patch is { } p ? $".{p}" : "";
        return $"{op}{Major}{minor}{patch}{(PreRelease.Length > 0 ? "-" + PreRelease : "")}{(Operator == Op.Wildcard ? ".*" : "")}";
    }

    private bool SharesGivenParts(PackageVersion version) =>
        version.Major == Major && (Minor is null || version.Minor == Minor) && (Patch is null || version.Patch == Patch);

    // The caret keeps the left-most part that is not zero.
    private bool SharesLeadingPart(PackageVersion version)
    {
        if (Major > 0 || Minor is null)
        {
            return version.Major == Major;
        }

        bool minorMatches = version.Major == 0 && version.Minor == Minor;
        return Minor > 0 || Patch is null ? minorMatches : minorMatches && version.Patch == Patch;
    }

    // A wildcard ends the version: only a further wildcard may follow.
    private static bool TryPart(ref ReadOnlySpan<char> text, ref bool wildcard, out ulong? number)
    {
        number = null;
        if (SemanticVersionText.TrySkip(ref text, '*') || SemanticVersionText.TrySkip(ref text, 'x') || SemanticVersionText.TrySkip(ref text, 'X'))
        {
            wildcard = true;
            return true;
        }

        if (wildcard || !SemanticVersionText.TryNumber(ref text, out ulong value))
        {
            return false;
        }

        number = value;
        return true;
    }

    private static bool TryOperator(ref ReadOnlySpan<char> text, out Op op)
    {
        (op, int length) = text switch
        {
            ['>', '=', ..] => (Op.GreaterOrEqual, 2),
            ['<', '=', ..] => (Op.LessOrEqual, 2),
            ['>', ..] => (Op.Greater, 1),
            ['<', ..] => (Op.Less, 1),
            ['=', ..] => (Op.Exact, 1),
            ['~', ..] => (Op.Tilde, 1),
            ['^', ..] => (Op.Caret, 1),
            _ => (Op.Caret, 0),
        };
        text = text[length..];
        return length > 0;
    }
}
